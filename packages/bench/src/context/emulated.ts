import os from 'node:os';
import { ExitCode } from '@weightfold/base';
import { BenchError } from '../errors.js';
import { describeMachine } from './machine.js';
import { readMachineFiles } from './machine-files.js';

/** Why this machine is an emulator; null on real hardware. */
export function emulatedHere(): string | null {
  const files = readMachineFiles('/', ['/proc/cpuinfo', '/proc/sys/kernel/arch']);
  return describeMachine(files, os.machine()).emulated;
}

/** What is said instead of times. */
export const timesRefused = (emulated: string): string => `emulated, so its times are refused: ${emulated}`;

/** Called before anything is timed. @throws BenchError where that would be an emulator's time */
export function expectHardware(): void {
  const emulated = emulatedHere();
  if (emulated === null) return;
  throw new BenchError(`this machine is ${timesRefused(emulated)}`, {
    code: 'EMULATED',
    exitCode: ExitCode.untrusted,
    expected: 'real hardware',
  });
}
