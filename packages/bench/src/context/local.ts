import os from 'node:os';
import { x } from 'tinyexec';
import type { BenchContext } from '../measure/schema.js';
import { cpuNumbers, describeMachine, governors, machineState } from './machine.js';
import { type MachineFiles, readMachineFiles } from './machine-files.js';
import { usageBetween } from './usage.js';

/** A reading of a machine at one moment. */
export interface Reading {
  files: MachineFiles;
  /** What `vcgencmd get_throttled` prints; null where there is none. */
  throttled: string | null;
  /** performance.now() */
  at: number;
}

/** Reads this machine, or a copy of another's files under `root`. */
export async function readMachine(root = '/'): Promise<Reading> {
  const files = readMachineFiles(root);
  return { files, throttled: root === '/' ? await throttledByFirmware() : null, at: performance.now() };
}

async function throttledByFirmware(): Promise<string | null> {
  if (!process.arch.startsWith('arm')) return null;
  try {
    const result = await x('vcgencmd', ['get_throttled'], { nodePath: false, timeout: 5000 });
    return result.exitCode === 0 ? result.stdout : null;
  } catch {
    return null; // no Raspberry Pi
  }
}

/** The circumstances of a run between two readings. */
export function contextBetween(
  before: Reading,
  after: Reading,
  {
    pinned,
    arch = os.machine(),
    own = process.pid,
  }: { pinned: number[] | null; arch?: string; own?: number | null },
): BenchContext {
  const cpus = pinned ?? cpuNumbers(after.files);
  const machine = describeMachine(after.files, arch);
  const seconds = Math.max(0.001, (after.at - before.at) / 1000);
  return {
    date: new Date().toISOString(),
    arch,
    ...machine,
    governors: governors(after.files, cpus),
    pinned,
    before: machineState(before.files, cpus, before.throttled),
    after: machineState(after.files, cpus, after.throttled),
    ...usageBetween(before.files, after.files, seconds, cpus, own),
  };
}
