import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { x } from 'tinyexec';
import { BoardError } from './errors.js';
import type { Board } from './probe.js';

/**
 * Which runner a board's userland takes, as `uname -m` would call it there: one of 32 bits on a 64-bit kernel gets that of 32 bits, as all
 * programs that are installed there are.
 * @throws BoardError for programs of 32 bits on a CPU for which there is none
 */
export function runnerArch(host: string, { arch, bits }: Pick<Board, 'arch' | 'bits'>): string {
  if (bits !== 32 || arch === 'armv7l') return arch;
  if (arch === 'aarch64' || arch === 'armv8l') return 'armv7l';
  throw new BoardError(`${host}: there is no weightfold-runner for 32-bit programs on ${arch}`, {
    code: 'NO_RUNNER',
    where: host,
    expected: 'aarch64, armv7l or x86_64',
    received: `${arch}, ${bits} bits`,
  });
}

/** Milliseconds that building a runner may take: half a minute on two idle cores, unless addon or tests were built there before. */
export const buildLimitMs = 600_000;

const built = new Map<string, Promise<Uint8Array>>();

/**
 * The bytes of weightfold-runner for a machine: a static program that runs encoded plans. It is built when first used; afterwards
 * only what has changed is compiled, once in a process.
 * @throws BoardError when this machine lacks the compiler, or there is none for that architecture
 */
export function runnerFor(arch: string, onProgress: (message: string) => void): Promise<Uint8Array> {
  const runner = built.get(arch) ?? build(arch, onProgress);
  built.set(arch, runner);
  return runner;
}

async function build(arch: string, onProgress: (message: string) => void): Promise<Uint8Array> {
  const dist = path.dirname(createRequire(import.meta.url).resolve('@weightfold/runtime-native'));
  const script = path.join(dist, '../scripts/build-runner.mjs');
  onProgress(`building weightfold-runner for ${arch}`);
  const { exitCode, stdout, stderr } = await x(process.execPath, [script, arch], { timeout: buildLimitMs });
  if (exitCode === 0) return new Uint8Array(fs.readFileSync(stdout.trim().split('\n').at(-1)!));
  throw new BoardError(`weightfold-runner for ${arch} cannot be built: ${stderr.trim().slice(-500)}`, {
    code: 'NO_RUNNER',
    where: script,
    hint: 'For a 64-bit Arm board: apt-get install -y cmake g++-aarch64-linux-gnu; for one of 32 bits g++-arm-linux-gnueabihf',
  });
}
