import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { x } from 'tinyexec';
import { BenchError } from '../errors.js';

const packScript = fileURLToPath(new URL('../../../../scripts/pack.mjs', import.meta.url));

export type LinuxArch = 'x64' | 'arm64';

/** Packs the command line and all that it depends on, with addons for these architectures. Returns the tarballs. @throws BenchError */
export async function packAll(dir: string, archs: LinuxArch[]): Promise<string[]> {
  await run(process.execPath, [packScript, '-o', dir, '--arch', archs.join(',')], dir);
  return fs.readdirSync(dir).map((name) => path.join(dir, name));
}

/**
 * Installs tarballs into a folder, as npm does on a Linux machine of that architecture: without a compiler, and without the optimizer.
 * Packages of others come from npm's registry. Returns the path of the command line.
 * @throws BenchError with what npm says
 */
export async function installPacked(dir: string, tarballs: string[], arch: LinuxArch): Promise<string> {
  fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(path.join(dir, 'package.json'), '{"private": true}');
  const quiet = ['--no-audit', '--no-fund', '--loglevel', 'error', '--prefer-offline'];
  const machine = ['--os=linux', `--cpu=${arch}`, '--libc=glibc', '--ignore-scripts']; // scripts would run on this machine
  await run('npm', ['install', ...quiet, ...machine, ...tarballs], dir);
  return path.join(dir, 'node_modules/weightfold/bin/weightfold.mjs');
}

async function run(command: string, words: string[], cwd: string): Promise<void> {
  const { exitCode, stderr } = await x(command, words, { timeout: 600_000, nodeOptions: { cwd } });
  if (exitCode === 0) return;
  const said = stderr.trim().slice(-500);
  throw new BenchError(`${path.basename(command)} ${words[0]}: exit code ${exitCode}: ${said}`, {
    where: cwd,
  });
}
