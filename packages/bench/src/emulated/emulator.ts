import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BenchError } from '../errors.js';

/** CPUs of QEMU: those of a Raspberry Pi 3, 4 and 5, and one with every feature that QEMU knows. */
export const armCpus = ['cortex-a53', 'cortex-a72', 'cortex-a76', 'max'] as const;
/** That of a Raspberry Pi 2, which has 32 bits. */
const arm32Cpu = 'cortex-a7';
export const allArmCpus = [arm32Cpu, ...armCpus] as const;
export type ArmCpu = (typeof allArmCpus)[number];

/** One without AVX2, which gets the scalar kernels, and one with. QEMU 7.2 knows no AVX-512. */
export const x86Cpus = ['qemu64', 'Haswell'] as const;
export type EmulatedCpu = ArmCpu | (typeof x86Cpus)[number];

/** What `uname -m` says on machines with that CPU. */
export type ArmMachine = 'armv7l' | 'aarch64';
export type Machine = ArmMachine | 'x86_64';
export function machineOf(cpu: ArmCpu): ArmMachine;
export function machineOf(cpu: EmulatedCpu): Machine;
export function machineOf(cpu: EmulatedCpu): Machine {
  if (x86Cpus.some((x86) => x86 === cpu)) return 'x86_64';
  return cpu === arm32Cpu ? 'armv7l' : 'aarch64';
}
const emulators: Record<Machine, string> = {
  armv7l: 'qemu-arm',
  aarch64: 'qemu-aarch64',
  x86_64: 'qemu-x86_64',
};

/** Plugins need a QEMU that is linked dynamically: Debian's qemu-user-static has none. */
const tools: Record<string, string> = {
  cmake: 'cmake',
  'qemu-aarch64': 'qemu-user',
  'arm-linux-gnueabihf-g++': 'g++-arm-linux-gnueabihf',
  ...(os.machine() === 'aarch64' ? { 'g++': 'g++' } : { 'aarch64-linux-gnu-g++': 'g++-aarch64-linux-gnu' }),
};

/** Debian packages that are missing for running programs of Arm here. */
export function missingArmPackages(): string[] {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const isThere = (tool: string) => folders.some((folder) => fs.existsSync(path.join(folder, tool)));
  return Object.entries(tools).flatMap(([tool, name]) => (isThere(tool) ? [] : [name]));
}

/** @throws BenchError naming the Debian packages that are missing for running arm64 programs */
export function expectArmTools(): void {
  const missing = missingArmPackages();
  if (missing.length === 0) return;
  throw new BenchError(`running programs of Arm here needs ${missing.join(', ')}`, {
    code: 'NO_EMULATOR',
    hint: `sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`,
  });
}

/** How a program ended under emulation. `failure` is null when it ended well, else what it said or the signal that ended it. */
export interface Emulated {
  stdout: Buffer;
  /** Null when a signal ended it. */
  exitCode: number | null;
  failure: string | null;
}

/** Runs a static program as on that CPU, for at most two minutes; `options` are QEMU's. */
export function emulate(cpu: EmulatedCpu, program: string[], options: string[] = []): Promise<Emulated> {
  return execute(emulators[machineOf(cpu)], ['-cpu', cpu, ...options, ...program], 120_000);
}

/** Runs a command and keeps what it printed and how it ended. */
export function execute(
  command: string,
  words: string[],
  timeout: number,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Emulated> {
  const limits = { encoding: 'buffer', timeout, maxBuffer: 2 ** 28, env } as const;
  return new Promise((resolve) => {
    execFile(command, words, limits, (error, stdout, stderr) => {
      const ended = error?.signal ? `ended by ${error.signal}` : `exit code ${error?.code}`;
      const exitCode = error ? (typeof error.code === 'number' ? error.code : null) : 0;
      resolve({ stdout, exitCode, failure: error && `${ended}: ${stderr.toString().trim().slice(-500)}` });
    });
  });
}
