import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { sha256Hex } from '@weightfold/base';
import { DatasetError } from './errors.js';
import type { DatasetFile } from './manifest.js';
import { readTar } from './tar.js';

/**
 * Checks that a file on this machine is the published one, by hash. Reads it as a stream: archives may be larger than
 * memory.
 * @param where how messages name it
 * @throws DatasetError WRONG_HASH, or for a damaged archive
 */
export async function checkFile(file: string, published: DatasetFile, where = file): Promise<void> {
  const received = await hashOf(file, published.of ?? 'content', where);
  if (received === published.sha256) return;
  const what = published.of === 'file' ? 'a file' : (published.of ?? 'content');
  throw new DatasetError(
    `${where}: expected ${what} with sha256 ${published.sha256} but received ${received}`,
    {
      code: 'WRONG_HASH',
      where,
      expected: published.sha256,
      received,
      hint: 'the file is damaged or of another version; remove it and fetch again',
    },
  );
}

/** SHA-256 of a file, of any size, or of what is in it (DatasetFile). */
export async function hashOf(
  file: string,
  of: NonNullable<DatasetFile['of']>,
  where = file,
): Promise<string> {
  if (of === 'recordings') return recordingsHash(file);
  const hash = createHash('sha256');
  if (of === 'file' || !isGzip(file)) await pipeline(fs.createReadStream(file), hash);
  else {
    await pipeline(fs.createReadStream(file), createGunzip(), hash).catch((cause: Error) => {
      throw new DatasetError(`${where}: damaged gzip archive: ${cause.message}`, { where, cause });
    });
  }
  return hash.digest('hex');
}

function isGzip(file: string): boolean {
  const start = Buffer.alloc(2);
  const handle = fs.openSync(file, 'r');
  try {
    fs.readSync(handle, start);
  } finally {
    fs.closeSync(handle);
  }
  return start[0] === 0x1f && start[1] === 0x8b;
}

/** SHA-256 of lines `hash  name`, as sha256sum prints them, one for each .wav in an archive, sorted by name. */
async function recordingsHash(archive: string): Promise<string> {
  const lines: string[] = [];
  await readTar(
    archive,
    (name) => name.endsWith('.wav'),
    (name, content) => void lines.push(`${path.basename(name)}\n${sha256Hex(content)}`),
  );
  const sorted = lines.sort().map((line) => line.split('\n').reverse().join('  '));
  return sha256Hex(sorted.map((line) => `${line}\n`).join(''));
}
