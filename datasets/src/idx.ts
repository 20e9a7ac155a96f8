import fs from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { DatasetError } from './errors.js';
import { checkCounts, type Split } from './types.js';

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

/**
 * Images and their labels from two idx files, plain or gzipped, as a split: [height, width, 1], real values pixel / 255.
 * @throws DatasetError for a damaged file, and when there are not as many labels as images
 */
export function readIdxImages(imagesFile: string, labelsFile: string): Split {
  const read = (file: string) => readIdx(gunzipIfNeeded(new Uint8Array(fs.readFileSync(file)), file), file);
  const [x, y] = [read(imagesFile), read(labelsFile)];
  const [count = 0, height = 0, width = 0] = x.shape;
  checkCounts(count, y.shape[0]!, imagesFile);
  return { count, shape: [height, width, 1], x: x.data, xScale: 1 / 255, y: Int32Array.from(y.data) };
}
