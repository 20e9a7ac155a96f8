import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { makeFolder } from '@weightfold/base';
import { checkFile } from './content.js';
import { DatasetError } from './errors.js';
import type { DatasetFile } from './manifest.js';

const connectTimeoutMs = 5000;
const stallTimeoutMs = 30_000;

/**
 * Downloads a file of a data set to its target and checks it. What an earlier, stopped download left is
 * taken up; when that gives another file than the published one, the download starts over once.
 * @throws DatasetError WRONG_HASH naming the URL, else an Error naming URL and reason; the target is then untouched
 */
export async function download(
  url: string,
  file: DatasetFile,
  target: string,
  progress: (message: string) => void,
): Promise<void> {
  const from = url + (file.path ?? file.name);
  makeFolder(path.dirname(target));
  for (;;) {
    const part = claimPart(target);
    try {
      const have = fs.existsSync(part) ? fs.statSync(part).size : 0;
      progress(have > 0 ? `downloading ${from} from byte ${have} on` : `downloading ${from}`);
      await append(from, part, have);
      const wrong = await check(part, file, from);
      if (!wrong) return fs.renameSync(part, target);
      if (have === 0) throw wrong;
      progress(`${wrong.message}; starting over`);
    } finally {
      active.delete(part);
    }
  }
}

/** What is wrong with a finished download; one that is not the published file is removed. */
async function check(part: string, file: DatasetFile, from: string): Promise<DatasetError | null> {
  try {
    await checkFile(part, file, from);
    return null;
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
