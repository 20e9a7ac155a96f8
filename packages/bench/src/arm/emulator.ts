import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BenchError } from '../errors.js';

/** CPUs of QEMU: those of a Raspberry Pi 3, 4 and 5, and one with every feature that QEMU knows. */
export const armCpus = ['cortex-a53', 'cortex-a72', 'cortex-a76', 'max'] as const;
export type ArmCpu = (typeof armCpus)[number];

/** Plugins need a QEMU that is linked dynamically: Debian's qemu-user-static has none. */
const tools: Record<string, string> = {
  cmake: 'cmake',
  'qemu-aarch64': 'qemu-user',
  ...(os.machine() === 'aarch64' ? { 'g++': 'g++' } : { 'aarch64-linux-gnu-g++': 'g++-aarch64-linux-gnu' }),
};

/** Debian packages that are missing for running arm64 programs here. */
export function missingArmPackages(): string[] {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const isThere = (tool: string) => folders.some((folder) => fs.existsSync(path.join(folder, tool)));
  return Object.entries(tools).flatMap(([tool, name]) => (isThere(tool) ? [] : [name]));
}

/** @throws BenchError naming the Debian packages that are missing for running arm64 programs */
export function expectArmTools(): void {
  const missing = missingArmPackages();
  if (missing.length === 0) return;
  throw new BenchError(`running arm64 programs here needs ${missing.join(', ')}`, {
    code: 'NO_EMULATOR',
    hint: `sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`,
  });
}

/** How a program ended under emulation. `failure` is null when it ended well, else what it said or the signal that ended it. */
export interface Emulated {
  stdout: Buffer;
  failure: string | null;
}

/** Runs a static arm64 program as on that CPU, for at most two minutes; `options` are QEMU's. */
export function emulate(cpu: ArmCpu, program: string[], options: string[] = []): Promise<Emulated> {
  const limits = { encoding: 'buffer', timeout: 120_000, maxBuffer: 2 ** 28 } as const;
  return new Promise((resolve) => {
    execFile('qemu-aarch64', ['-cpu', cpu, ...options, ...program], limits, (error, stdout, stderr) => {
      const ended = error?.signal ? `ended by ${error.signal}` : `exit code ${error?.code}`;
      resolve({ stdout, failure: error && `${ended}: ${stderr.toString().trim().slice(-500)}` });
    });
  });
}
