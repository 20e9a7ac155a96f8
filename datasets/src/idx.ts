import { gunzipSync } from 'node:zlib';
import { DatasetError } from './errors.js';

/** An array in the idx format of the MNIST family, unsigned bytes. */
export interface Idx {
  shape: number[];
  data: Uint8Array;
}

/** Unpacks gzip when the bytes are gzip. @throws DatasetError when the archive is damaged */
export function gunzipIfNeeded(bytes: Uint8Array, name: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: 1 << 30 });
  } catch (cause) {
    throw new DatasetError(`${name}: damaged gzip archive: ${(cause as Error).message}`, {
      where: name,
      cause,
    });
  }
}

/**
 * Reads an idx file of unsigned bytes: two zero bytes, type 0x08, rank, then big-endian sizes and the data
 * (http://yann.lecun.com/exdb/mnist, "the idx file format").
 * @throws DatasetError naming the byte
 */
export function readIdx(bytes: Uint8Array, name: string): Idx {
  const rank = bytes[3] ?? 0;
  if (bytes.length < 4 + 4 * rank || bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 0x08 || rank === 0) {
    const received = Buffer.from(bytes.subarray(0, 4)).toString('hex');
    throw new DatasetError(`${name}, byte 0: expected 000008 and a rank but received ${received}`, {
      where: `${name}, byte 0`,
      expected: '000008 and a rank',
      received,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const start = 4 + 4 * rank;
  const expected = shape.reduce((product, size) => product * size, 1);
  if (bytes.length - start !== expected) {
    throw new DatasetError(
      `${name}: expected ${expected} bytes for shape [${shape}] but received ${bytes.length - start}`,
      {
        where: `${name}, byte ${start}`,
        expected: `${expected} bytes`,
        received: `${bytes.length - start} bytes`,
      },
    );
  }
  return { shape, data: bytes.subarray(start) };
}
