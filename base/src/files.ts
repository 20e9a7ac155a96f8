import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * Writes a file so that a reader sees either the old content or the whole new one: data goes to a temporary
 * file in the same folder, is flushed, and is renamed over the target. On failure the temporary file is removed.
 * @param data of any size; several pieces are written one after the other
 */
export function writeFileAtomic(file: string, data: Uint8Array | string | readonly Uint8Array[]): void {
  fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    const handle = fs.openSync(temporary, 'wx');
    try {
      const pieces =
        typeof data === 'string' ? [Buffer.from(data)] : data instanceof Uint8Array ? [data] : data;
      for (const piece of pieces) writeAll(handle, piece);
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
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

/** SHA-256 of the bytes, as 64 lower-case hexadecimal digits. */
export function sha256Hex(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The user's cache folder for weightfold: `$XDG_CACHE_HOME/weightfold`, else `~/.cache/weightfold`. Not created here. */
export function cacheDir(): string {
  const root = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(root, 'weightfold');
}
