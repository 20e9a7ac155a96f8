import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { x } from 'tinyexec';
import type { DatasetManifest } from './manifest.js';

/**
 * Unpacks a Debian package into a new temporary folder. apt works on folders of its own, so neither root nor package
 * lists on this machine are needed. Returns the folder with the data set's files and what removes it.
 */
export async function unpackDebianPackage({
  package: name,
  folder,
}: NonNullable<DatasetManifest['debian']>): Promise<{ folder: string; remove: () => void }> {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'weightfold-apt-'));
  const remove = () => fs.rmSync(work, { recursive: true, force: true });
  const state = path.join(work, 'state');
  for (const dir of ['state/lists/partial', 'cache/archives/partial'])
    fs.mkdirSync(path.join(work, dir), { recursive: true });
  fs.writeFileSync(path.join(state, 'status'), '');
  const options = [
    `Dir::State=${state}`,
    `Dir::State::status=${state}/status`,
    `Dir::Cache=${work}/cache`,
  ].flatMap((o) => ['-o', o]);
  try {
    await command('apt-get', [...options, '-qq', 'update'], work);
    await command('apt-get', [...options, '-qq', 'download', name], work);
    const deb = fs.readdirSync(work).find((file) => file.endsWith('.deb'));
    if (!deb) throw new Error(`apt-get download ${name} left no .deb file`);
    await command('dpkg-deb', ['-x', deb, 'unpacked'], work);
    return { folder: path.join(work, 'unpacked', folder), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function command(name: string, args: string[], cwd: string): Promise<void> {
  const result = await x(name, args, { nodePath: false, nodeOptions: { cwd }, timeout: 120_000 });
  if (result.exitCode !== 0)
    throw new Error(`${name} ended with ${result.exitCode ?? 'no exit code'}: ${result.stderr.trim()}`);
}
