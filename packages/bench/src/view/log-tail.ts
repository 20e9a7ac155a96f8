import fs from 'node:fs';
import type { ProgressEvent } from '@weightfold/optimizer';
import { parseEvents } from '../report/logs.js';

/** The lines that were added to a log since it was last read. */
export class LogTail {
  private offset = 0;
  private inode = 0;
  /** The beginning of a line that is not whole yet; bytes, since it may end within a character. */
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly file: string) {}

  /** `restarted`: the log is another one, or shorter than before, and is read from its beginning. */
  read(): { restarted: boolean; lines: (ProgressEvent & { time?: string })[] } {
    const stat = fs.statSync(this.file, { throwIfNoEntry: false });
    const restarted = this.offset > 0 && (!stat || stat.ino !== this.inode || stat.size < this.offset);
    if (restarted) {
      this.offset = 0;
      this.rest = Buffer.alloc(0);
    }
    if (!stat || stat.size === this.offset) return { restarted, lines: [] };
    this.inode = stat.ino;
    const bytes = Buffer.concat([this.rest, this.bytesTo(stat.size)]);
    const whole = bytes.lastIndexOf('\n') + 1;
    this.rest = bytes.subarray(whole);
    return { restarted, lines: parseEvents(bytes.toString('utf8', 0, whole)) };
  }

  private bytesTo(size: number): Buffer {
    const bytes = Buffer.alloc(size - this.offset);
    const file = fs.openSync(this.file, 'r');
    try {
      const read = fs.readSync(file, bytes, 0, bytes.length, this.offset);
      this.offset += read;
      return bytes.subarray(0, read);
    } finally {
      fs.closeSync(file);
    }
  }
}
