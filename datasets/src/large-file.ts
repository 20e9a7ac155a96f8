import { constants } from 'node:buffer';
import fs from 'node:fs';
import { DatasetError } from './errors.js';

/** Node reads at most 2 GiB at once. */
const piece = 2 ** 30;

/**
 * All bytes of a file, also of one above the 2 GiB that Node's readFileSync takes.
 * @throws DatasetError when it is larger than what Node can hold in one array
 */
export function readLargeFile(file: string): Uint8Array {
  const handle = fs.openSync(file, 'r');
  try {
    const { size } = fs.fstatSync(handle);
    if (size > constants.MAX_LENGTH) {
      const expected = `at most ${constants.MAX_LENGTH} bytes, what this version of Node holds in one array`;
      throw new DatasetError(`${file}: expected ${expected} but received ${size}`, {
        code: 'TOO_LARGE',
        where: file,
        expected,
        received: `${size}`,
        hint: 'keep the examples as uint8 or int8, or fewer of them',
      });
    }
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; ) {
      const read = fs.readSync(handle, bytes, at, Math.min(piece, size - at), at);
      if (read === 0) break; // shortened meanwhile: its reader sees that data is missing
      at += read;
    }
    return bytes;
  } finally {
    fs.closeSync(handle);
  }
}
