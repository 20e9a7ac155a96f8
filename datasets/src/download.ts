import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { sha256Hex } from '@weightfold/base';
import { DatasetError } from './errors.js';
import { gunzipIfNeeded } from './idx.js';
import type { DatasetFile } from './manifest.js';

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

/**
 * Downloads a file of a data set to its target and returns its unpacked content. What an earlier, stopped download left is
 * taken up; when that gives another file than the published one, the download starts over once.
 * @throws DatasetError WRONG_HASH naming the URL, else an Error naming URL and reason; the target is then untouched
 */
export async function download(
  url: string,
  file: DatasetFile,
  target: string,
  progress: (message: string) => void,
): Promise<Uint8Array> {
  const from = url + file.name;
  fs.mkdirSync(path.dirname(target), { recursive: true });
  for (;;) {
    const part = claimPart(target);
    try {
      const have = fs.existsSync(part) ? fs.statSync(part).size : 0;
      progress(have > 0 ? `downloading ${from} from byte ${have} on` : `downloading ${from}`);
      await append(from, part, have);
      const content = check(part, file, from);
      if (content instanceof Uint8Array) {
        fs.renameSync(part, target);
        return content;
      }
      if (have === 0) throw content;
      progress(`${content.message}; starting over`);
    } finally {
      active.delete(part);
    }
  }
}

/** Checks a finished download; one that is not the published file is removed. */
function check(part: string, file: DatasetFile, from: string): Uint8Array | DatasetError {
  try {
    return checkContent(new Uint8Array(fs.readFileSync(part)), file, from);
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    fs.rmSync(part, { force: true });
    return error;
  }
}

/** Adds the rest of a file to what is there of it already. */
async function append(url: string, part: string, have: number): Promise<void> {
  const control = new AbortController();
  const within = (ms: number) =>
    setTimeout(() => control.abort(new Error(`no data within ${ms / 1000} s`)), ms);
  let timer = within(connectTimeoutMs);
  try {
    const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
    const response = await fetch(url, { signal: control.signal, headers });
    // Nothing after the end of what is there: it is whole, or no part of this file. The hash will tell.
    if (response.status === 416 && have > 0) return;
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status} ${response.statusText}`);
    const handle = fs.openSync(part, response.status === 206 ? 'a' : 'w');
    try {
      for await (const piece of response.body) {
        clearTimeout(timer);
        timer = within(stallTimeoutMs);
        fs.writeSync(handle, piece);
      }
    } finally {
      fs.closeSync(handle);
    }
  } catch (error) {
    const reason = (error as Error).cause instanceof Error ? (error as Error).cause : error;
    throw new Error(`${url} cannot be used (${(reason as Error).message})`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Partial files that this process writes now. */
const active = new Set<string>();

/**
 * Name of a partial file that nobody else writes, in the form TARGET.PID-RANDOM.part. One that a stopped process left is
 * renamed to it, the largest first: only one of several processes can do that.
 */
function claimPart(target: string): string {
  const own = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
  active.add(own);
  const left = abandonedParts(target)
    .map((file) => ({ file, size: sizeOf(file) }))
    .sort((a, b) => b.size - a.size);
  left.find(({ file }) => renamed(file, own));
  return own;
}

function abandonedParts(target: string): string[] {
  const folder = path.dirname(target);
  const start = `${path.basename(target)}.`;
  return fs.readdirSync(folder).flatMap((name) => {
    const pid = name.startsWith(start) ? /^(\d+)-[0-9a-f]+\.part$/.exec(name.slice(start.length))?.[1] : null;
    const file = path.join(folder, name);
    if (!pid || active.has(file)) return [];
    return Number(pid) === process.pid || !isRunning(Number(pid)) ? [file] : [];
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function renamed(from: string, to: string): boolean {
  try {
    fs.renameSync(from, to);
    return true;
  } catch {
    return false; // another process was faster
  }
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
