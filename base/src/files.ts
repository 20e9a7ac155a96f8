import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ExitCode, WeightfoldError } from './errors.js';

/**
 * Writes a file so that a reader sees either the old content or the whole new one: data goes to a temporary
 * file in the same folder, is flushed, and is renamed over the target. On failure the temporary file is removed.
 * A link stays a link to what it points to. A device or pipe is written into, since renaming would replace it.
 * @param data of any size; several pieces are written one after the other
 * @throws WeightfoldError naming the target and why it cannot be written
 */
export function writeFileAtomic(file: string, data: Uint8Array | string | readonly Uint8Array[]): void {
  makeFolder(path.dirname(path.resolve(file)));
  const pieces = typeof data === 'string' ? [Buffer.from(data)] : data instanceof Uint8Array ? [data] : data;
  try {
    const there = fs.statSync(file, { throwIfNoEntry: false });
    if (there && !there.isFile() && !there.isDirectory()) writePieces(file, 'w', pieces);
    else replaceFile(there ? fs.realpathSync(file) : file, pieces);
  } catch (error) {
    throw cannotWrite(file, error as NodeJS.ErrnoException);
  }
}

function replaceFile(file: string, pieces: readonly Uint8Array[]): void {
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    writePieces(temporary, 'wx', pieces);
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** @param flags `wx` for a file of one's own, which is flushed to the disk; `w` for a device or pipe */
function writePieces(file: string, flags: 'w' | 'wx', pieces: readonly Uint8Array[]): void {
  const handle = fs.openSync(file, flags);
  try {
    for (const piece of pieces) writeAll(handle, piece);
    if (flags === 'wx') fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** Node writes less than 2 GiB at once. */
const most = 2 ** 30;

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += most) fs.writeFileSync(handle, bytes.subarray(at, at + most));
}

/** Removes what killed processes left of `writeFileAtomic` in a folder that nobody else writes to now. */
export function removeTemporaries(dir: string): void {
  for (const name of fs.readdirSync(dir)) {
    if (/\.\d+-[0-9a-f]{8}\.tmp$/.test(name)) fs.rmSync(path.join(dir, name), { force: true });
  }
}

/**
 * Makes a folder, and those above it that are not there.
 * @throws WeightfoldError naming the folder and why it cannot be made
 */
export function makeFolder(dir: string): void {
  try {
    fs.mkdirSync(dir, { recursive: true });
  } catch (error) {
    throw cannotWrite(dir, causeAbove(dir) ?? (error as NodeJS.ErrnoException));
  }
}

/** What the folder above, the nearest that exists, has against it: Node says ENOENT of a read-only file system. */
function causeAbove(dir: string): NodeJS.ErrnoException | null {
  let above = path.resolve(dir);
  while (!fs.existsSync(above)) above = path.dirname(above);
  if (!fs.statSync(above).isDirectory())
    return Object.assign(new Error(`${above} is not a folder`), { code: 'ENOTDIR' });
  try {
    fs.accessSync(above, fs.constants.W_OK);
    return null;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

/** What the usual codes mean, and what to do. Others speak for themselves. */
const refusals: Record<string, [reason: string, hint: string]> = {
  EACCES: ['permission denied', 'Give another path, or change the permissions.'],
  EPERM: ['permission denied', 'Give another path, or change the permissions.'],
  EROFS: ['the file system is read-only', 'Give a path on another file system.'],
  ENOSPC: ['no space is left on the device', 'Free some space, or give a path on another disk.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or give a path on another disk.'],
  EISDIR: ['it is a folder', 'Give the name of a file.'],
};
const wrongPaths = ['ENOTDIR', 'EISDIR', 'ENAMETOOLONG'];

/** The error for what the operating system has against writing a file or folder; it names the target, no temporary file. */
export function cannotWrite(target: string, cause: NodeJS.ErrnoException): WeightfoldError {
  const code = cause.code ?? 'CANNOT_WRITE';
  const [reason, hint] = refusals[code] ?? [cause.message.replace(/, \w+ '.*$/, ''), 'Give another path.'];
  return new WeightfoldError(`${target} cannot be written: ${reason}`, {
    code,
    where: target,
    hint,
    cause,
    exitCode: wrongPaths.includes(code) ? ExitCode.usage : ExitCode.failure,
  });
}

/** SHA-256 of the bytes, as 64 lower-case hexadecimal digits. */
export function sha256Hex(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The user's cache folder for weightfold: `$XDG_CACHE_HOME/weightfold`, else `~/.cache/weightfold`. Not created here. */
export function cacheDir(): string {
  const root = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(root, 'weightfold');
}
