import fs from 'node:fs';
import path from 'node:path';
import { cannotWrite, UsageError, writeFileAtomic } from '@weightfold/base';

/** Stands for stdin as an input and for stdout as an output. */
export const stream = '-';

/** Reads a whole file. A folder instead of a file is told with its path, which Node leaves out. */
export function readInputFile(file: string): Uint8Array {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path: file });
  }
}

/** Reads a whole file, or all of stdin: asynchronously, since a pipe may not have its next bytes yet. */
export async function readInput(file: string): Promise<Uint8Array> {
  if (file !== stream) return readInputFile(file);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * Checks before any work that an output may be written: it is no folder, none of the inputs (under whatever name), and no
 * existing file unless replacing was asked for. Devices and pipes may always be written to.
 */
export function checkOutput(file: string, inputs: string[], force: boolean | undefined): void {
  if (file === stream) return;
  if (file.endsWith('/')) throw isFolder(file);
  const there = fs.statSync(file, { throwIfNoEntry: false, bigint: true });
  if (!there) return;
  if (there.isDirectory()) throw isFolder(file);
  if (!there.isFile()) return; // a device or pipe: nothing is lost
  const input = inputs.find((name) => {
    const stat = fs.statSync(name, { throwIfNoEntry: false, bigint: true });
    return stat?.ino === there.ino && stat.dev === there.dev;
  });
  if (input !== undefined) {
    throw new UsageError(`The output ${file} is the input ${input === file ? '' : `${input} `}itself`, {
      code: 'OUTPUT_IS_INPUT',
      where: file,
      expected: 'another file',
      hint: 'Give another path; an input is never written over, also not with -f.',
    });
  }
  if (force) return;
  throw new UsageError(`The output ${file} exists already`, {
    code: 'EXISTS',
    where: file,
    expected: 'a path that is free',
    received: 'an existing file',
    hint: 'Give -f to replace it, or another path.',
  });
}

function isFolder(file: string): UsageError {
  return new UsageError(`The output ${file} is a folder`, {
    code: 'EISDIR',
    where: file,
    expected: 'a file name',
    received: 'a folder',
  });
}

/** Refuses a result on stdout together with --json, whose document goes there as well. */
export function refuseTwoOnStdout(file: string, json: boolean): void {
  if (!json || file !== stream) return;
  throw new UsageError('--json and -o - both write to stdout', {
    code: 'STDOUT_TAKEN',
    expected: 'a file for -o, or no --json',
    received: '-o - --json',
  });
}

/** Writes to stdout. A file there (`> out.wfz`) takes all of it or is an error: Node's stream ignores what a full disk left out. */
export function writeStdout(data: Uint8Array | string): void {
  const { fd } = process.stdout;
  if (!fs.fstatSync(fd).isFile()) {
    process.stdout.write(data);
    return;
  }
  try {
    fs.writeFileSync(fd, data);
  } catch (error) {
    throw cannotWrite('stdout', error as NodeJS.ErrnoException);
  }
}

/** Writes a result whole or not at all, and gives back its absolute path; or writes it to stdout. */
export function writeOutput(file: string, data: Uint8Array | string): string {
  if (file === stream) {
    writeStdout(data);
    return stream;
  }
  if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw isFolder(file);
  writeFileAtomic(file, data);
  return path.resolve(file);
}

/** @throws UsageError unless the path is that of a file */
export function requireFile(file: string): void {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile()) return;
  const [code, what] = stat ? ['EISDIR', 'a folder, no file'] : ['ENOENT', 'no such file'];
  throw new UsageError(`${file}: ${what}`, { code, where: file, expected: 'a file' });
}
