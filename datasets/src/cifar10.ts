import fs from 'node:fs';
import path from 'node:path';
import { DatasetError } from './errors.js';
import { decodeImages, decoderVersion } from './images.js';
import { readTar } from './tar.js';
import type { Split } from './types.js';

const side = 32;
const plane = side * side;
const record = 1 + 3 * plane;
const perBatch = 10_000;
const batches = [...[1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`), 'test_batch.bin'];

/**
 * CIFAR-10 from its binary version (https://www.cs.toronto.edu/~kriz/cifar.html), read from the archive: batches of
 * 10,000 records, each a label and a red, a green and a blue plane. Images become [32, 32, 3], real values pixel / 255.
 * @throws DatasetError when a batch is missing, of another size or has a label above 9
 */
export async function readCifar10(archive: string): Promise<{ train: Split; test: Split }> {
  const train = emptySplit(5 * perBatch);
  const test = emptySplit(perBatch);
  const found = new Set<string>();
  await readTar(
    archive,
    (name) => batches.includes(path.basename(name)),
    (name, content) => {
      const batch = batches.indexOf(path.basename(name));
      found.add(batches[batch]!);
      const [split, first] = batch < 5 ? [train, batch * perBatch] : [test, 0];
      readBatch(content, split, first, `${archive}: ${name}`);
    },
  );
  const missing = batches.filter((name) => !found.has(name));
  if (missing.length > 0) throw damaged(archive, batches.join(', '), `none named ${missing.join(', ')}`);
  return { train, test };
}

function emptySplit(count: number): Split {
  const x = new Uint8Array(count * 3 * plane);
  return { count, shape: [side, side, 3], x, xScale: 1 / 255, y: new Int32Array(count) };
}

function readBatch(content: Uint8Array, { x, y }: Split, first: number, where: string): void {
  if (content.length !== perBatch * record)
    throw damaged(where, `${perBatch * record} bytes`, `${content.length} bytes`);
  for (let i = 0; i < perBatch; i++) {
    const start = i * record;
    const label = content[start]!;
    if (label > 9) throw damaged(`${where}, byte ${start}`, 'a label from 0 to 9', `${label}`);
    y[first + i] = label;
    const image = (first + i) * 3 * plane;
    for (let channel = 0; channel < 3; channel++) {
      const from = start + 1 + channel * plane;
      for (let pixel = 0; pixel < plane; pixel++) x[image + 3 * pixel + channel] = content[from + pixel]!;
    }
  }
}

/** What the decoded form of `readCifar10Jpeg` depends on, beside its files. */
export const cifar10JpegDecoder = decoderVersion;

/**
 * Images of CIFAR-10 as JPEGs one after the other, with their lengths in bytes as 16-bit numbers (little endian) in a
 * file of their own; image i is of class i mod 10. Real values are pixel / 255.
 * @throws DatasetError when lengths and images do not fit, or an image cannot be decoded
 */
export async function readCifar10Jpeg(imagesFile: string, lengthsFile: string): Promise<Split> {
  const images = fs.readFileSync(imagesFile);
  const lengths = fs.readFileSync(lengthsFile);
  const count = lengths.length / 2;
  const ends: number[] = [];
  for (let i = 0; i < count; i++) ends.push((ends[i - 1] ?? 0) + lengths.readUInt16LE(2 * i));
  if (ends.at(-1) !== images.length)
    throw damaged(imagesFile, `${ends.at(-1)} bytes, as ${lengthsFile} has it`, `${images.length} bytes`);
  const jpegs = ends.map((end, i) => ({
    name: `${imagesFile}, image ${i}`,
    bytes: images.subarray(ends[i - 1] ?? 0, end),
  }));
  const x = await decodeImages(jpegs, [side, side, 3]);
  return { count, shape: [side, side, 3], x, xScale: 1 / 255, y: Int32Array.from(jpegs, (_, i) => i % 10) };
}

function damaged(where: string, expected: string, received: string): DatasetError {
  return new DatasetError(`${where}: expected ${expected} but received ${received}`, {
    where,
    expected,
    received,
  });
}
