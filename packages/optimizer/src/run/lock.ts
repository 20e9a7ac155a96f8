import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UsageError } from '@weightfold/base';

/** The process that works in a run folder, as `run.lock` names it. */
interface Holder {
  pid: number;
  host: string;
  /** When it was started, in the kernel's ticks: another process may have its number later. Null where /proc has none. */
  started: string | null;
}

/**
 * Takes a run folder for this process. A lock whose process is gone (kill -9) is taken over.
 * @param note is told of a lock that is taken over
 * @returns what gives the folder free again
 * @throws UsageError that names the process that has it
 */
export function lockFolder(dir: string, note: (message: string) => void = () => {}): () => void {
  const file = path.join(dir, 'run.lock');
  const own: Holder = { pid: process.pid, host: os.hostname(), started: startOf(process.pid) };
  const text = JSON.stringify(own);
  while (!claim(file, text)) {
    const found = read(file);
    if (found === null) continue;
    const holder = parse(found);
    if (holder && works(holder)) throw taken(dir, file, holder);
    discard(file, found);
    note(`${file}: ${holder ? `process ${holder.pid} is gone` : 'damaged'}; taken over`);
  }
  return () => fs.rmSync(file, { force: true });
}

/** Whether a process works in a run folder. */
export function isWorkedIn(dir: string): boolean {
  const holder = parse(read(path.join(dir, 'run.lock')) ?? '');
  return holder !== null && works(holder);
}

const temporaryOf = (file: string) => `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;

/** Makes the lock with its content at once, unless there is one. */
function claim(file: string, text: string): boolean {
  const temporary = temporaryOf(file);
  fs.writeFileSync(temporary, text);
  try {
    link(temporary, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

/** Gives a file a second name that must be free; where the file system has no links, a copy. */
function link(from: string, to: string): void {
  try {
    fs.linkSync(from, to);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL);
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

/** Null for what a machine that lost its power may leave. */
function parse(text: string): Holder | null {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}

function read(file: string): string | null {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null;
}

/** Takes a stale lock away; one that another process has made in its place meanwhile is put back. */
function discard(file: string, stale: string): void {
  const aside = temporaryOf(file);
  try {
    fs.renameSync(file, aside);
    if (fs.readFileSync(aside, 'utf8') !== stale) link(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(codeOf(error))) throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

/** Whether a lock's process is there still; of another machine's one cannot tell. */
function works({ pid, host, started }: Holder): boolean {
  if (host !== os.hostname()) return true;
  if (started !== null) return startOf(pid) === started;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Fields 3 (state) and 22 (starttime) of /proc/PID/stat, proc(5); null where there is no such process. */
function startOf(pid: number): string | null {
  const file = `/proc/${pid}/stat`;
  if (!fs.existsSync(file)) return null;
  const fields = fs
    .readFileSync(file, 'utf8')
    .replace(/^.*\) /s, '') // the name before may hold blanks
    .split(' ');
  return fields[0] === 'Z' ? null : fields[19]!;
}

function taken(dir: string, file: string, { pid, host }: Holder): UsageError {
  const elsewhere = host !== os.hostname();
  return new UsageError(
    `${dir}: process ${pid}${elsewhere ? ` on ${host}` : ''} is working in this run folder`,
    {
      code: 'RUN_LOCKED',
      where: file,
      expected: 'a run folder that no other process works in',
      received: `process ${pid} on ${host}`,
      hint: elsewhere
        ? `wait for it, or choose another folder with -o; if it is gone for good, remove ${file}`
        : `wait for it, stop it (kill ${pid}: it saves its state), or choose another folder with -o`,
    },
  );
}
