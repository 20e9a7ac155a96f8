import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { x } from 'tinyexec';
import { BoardError } from './errors.js';

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
  const { exitCode, stdout, stderr } = await x(process.execPath, [script, arch], { timeout: 600_000 });
  if (exitCode === 0) return new Uint8Array(fs.readFileSync(stdout.trim().split('\n').at(-1)!));
  throw new BoardError(`weightfold-runner for ${arch} cannot be built: ${stderr.trim().slice(-500)}`, {
    code: 'NO_RUNNER',
    where: script,
    hint: 'For a 64-bit Arm board: apt-get install -y cmake g++-aarch64-linux-gnu; for one of 32 bits g++-arm-linux-gnueabihf',
  });
}
