import fs from 'node:fs';
import path from 'node:path';
import { UsageError, writeFileAtomic } from '@weightfold/base';

/** Reads a whole file. A folder instead of a file is told with its path, which Node leaves out. */
export function readInputFile(file: string): Uint8Array {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path: file });
  }
}

/** Refuses to write over an existing file unless it was asked for. */
export function refuseExisting(file: string, force: boolean | undefined): void {
  if (force || !fs.existsSync(file)) return;
  throw new UsageError(`The output ${file} exists already`, {
    code: 'EXISTS',
    where: file,
    expected: 'a path that is free',
    received: 'an existing file',
    hint: 'Give -f to replace it, or another path with -o.',
  });
}

/** @throws UsageError when an output is a folder: to be called before the work whose result goes there */
export function refuseFolder(file: string): void {
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new UsageError(`The output ${file} is a folder`, {
    code: 'EISDIR',
    where: file,
    expected: 'a file name',
  });
}

/** Writes a result whole or not at all, and gives back its absolute path. */
export function writeOutput(file: string, data: Uint8Array | string): string {
  refuseFolder(file);
  writeFileAtomic(file, data);
  return path.resolve(file);
}
