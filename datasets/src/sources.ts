import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sha256Hex } from '@weightfold/base';
import { x } from 'tinyexec';
import { DatasetError } from './errors.js';
import { gunzipIfNeeded } from './idx.js';
import type { DatasetFile, DatasetManifest } from './manifest.js';

const connectTimeoutMs = 5000;
const stallTimeoutMs = 30_000;

/** Content of a file as published, or a DatasetError when its hash is not the one that the manifest knows. */
export function checkContent(bytes: Uint8Array, file: DatasetFile, where: string): Uint8Array {
  const content = gunzipIfNeeded(bytes, where);
  const received = sha256Hex(content);
  if (received !== file.sha256) {
    throw new DatasetError(`${where}: expected content with sha256 ${file.sha256} but received ${received}`, {
      code: 'WRONG_HASH',
      where,
      expected: file.sha256,
      received,
      hint: 'the file is damaged or of another version; remove it and fetch again',
    });
  }
  return content;
}

/** Downloads a file beside its target; a partial download is taken up where it stopped. Returns the finished file's path. */
export async function download(url: string, target: string): Promise<string> {
  const partial = `${target}.part`;
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const have = fs.existsSync(partial) ? fs.statSync(partial).size : 0;
  const control = new AbortController();
  let timer = setTimeout(() => control.abort(), connectTimeoutMs);
  try {
    const response = await fetch(url, {
      signal: control.signal,
      headers: have > 0 ? { range: `bytes=${have}-` } : {},
    });
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status} ${response.statusText}`);
    const handle = fs.openSync(partial, response.status === 206 ? 'a' : 'w');
    try {
      for await (const piece of response.body) {
        clearTimeout(timer);
        timer = setTimeout(() => control.abort(), stallTimeoutMs);
        fs.writeSync(handle, piece);
      }
    } finally {
      fs.closeSync(handle);
    }
  } catch (error) {
    if ((error as Error).message.startsWith('HTTP 416')) fs.rmSync(partial, { force: true }); // the part is no part of it
    throw error;
  } finally {
    clearTimeout(timer);
  }
  fs.renameSync(partial, target);
  return target;
}

/**
 * Unpacks the data set's Debian package into a new temporary folder and returns the folder with its files. apt works on
 * folders of its own, so neither root nor package lists on this machine are needed.
 */
export async function unpackDebianPackage(manifest: DatasetManifest): Promise<string> {
  const { package: name, folder } = manifest.debian!;
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'weightfold-apt-'));
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
    return path.join(work, 'unpacked', folder);
  } catch (error) {
    fs.rmSync(work, { recursive: true, force: true });
    throw error;
  }
}

async function command(name: string, args: string[], cwd: string): Promise<void> {
  const result = await x(name, args, { nodeOptions: { cwd }, timeout: 120_000 });
  if (result.exitCode !== 0)
    throw new Error(`${name} ended with ${result.exitCode}: ${result.stderr.trim()}`);
}
