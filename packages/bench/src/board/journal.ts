import fs from 'node:fs';
import path from 'node:path';
import { makeFolder, sha256Hex } from '@weightfold/base';
import { BoardError } from './errors.js';

/** What was measured so far, one JSON document a line, so that a run that was stopped goes on where it was. */
export class Journal<Entry> {
  private constructor(
    private readonly file: string,
    readonly entries: Entry[],
  ) {}

  /** The journal of a job; `identity` is everything that its results depend on. `fresh` forgets what it has. */
  static open<Entry>(folder: string, identity: unknown, fresh: boolean): Journal<Entry> {
    const file = path.join(folder, `${sha256Hex(JSON.stringify(identity)).slice(0, 16)}.jsonl`);
    makeFolder(folder);
    if (fresh) fs.rmSync(file, { force: true });
    return new Journal(file, fs.existsSync(file) ? wholeLines<Entry>(file) : []);
  }

  /** Adds an entry; it is on the disk when this returns. */
  add(entry: Entry): void {
    const handle = fs.openSync(this.file, 'a');
    try {
      fs.writeFileSync(handle, `${JSON.stringify(entry)}\n`);
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    this.entries.push(entry);
  }

  /** The job is done: the next one with the same settings measures anew. */
  remove(): void {
    fs.rmSync(this.file, { force: true });
  }
}

/** The entries of a journal. A process that was killed while writing may have left half a line: it is cut off. */
function wholeLines<Entry>(file: string): Entry[] {
  const text = fs.readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) fs.truncateSync(file, Buffer.byteLength(whole));
  return whole
    .split('\n')
    .filter(Boolean)
    .map((line, i) => parseLine(line, `${file}, line ${i + 1}`));
}

function parseLine<Entry>(line: string, where: string): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch (cause) {
    throw new BoardError(`${where}: expected JSON but received ${line.slice(0, 40)}`, {
      code: 'BAD_JOURNAL',
      where,
      hint: '--fresh forgets what it has, and measures anew.',
      cause,
    });
  }
}
