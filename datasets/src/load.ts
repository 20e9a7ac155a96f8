import fs from 'node:fs';
import { DatasetError } from './errors.js';
import { type FetchOptions, fetchDataset } from './fetch.js';
import { readIdx } from './idx.js';
import { readNpy } from './npy.js';
import type { Dataset, Split } from './types.js';

/**
 * Loads a known data set, fetching it first when needed.
 * @throws UsageError for an unknown name, DatasetError when it cannot be had
 */
export async function loadDataset(name: string, options: FetchOptions = {}): Promise<Dataset> {
  const { manifest, source, contents } = await fetchDataset(name, options);
  return {
    name: manifest.name,
    classes: manifest.classNames.length,
    classNames: manifest.classNames,
    train: imageSplit(contents.trainImages, contents.trainLabels, 'training'),
    test: imageSplit(contents.testImages, contents.testLabels, 'test'),
    provenance: { source, licence: manifest.licence, files: Object.values(manifest.files) },
  };
}

function imageSplit(images: Uint8Array, labels: Uint8Array, what: string): Split {
  const x = readIdx(images, `${what} images`);
  const y = readIdx(labels, `${what} labels`);
  const [count = 0, height = 0, width = 0] = x.shape;
  checkCounts(count, y.shape[0]!, what);
  return { count, shape: [height, width, 1], x: x.data, xScale: 1 / 255, y: Int32Array.from(y.data) };
}

/**
 * Examples from two .npy files: X of shape [n, ...] with float32, uint8 or int8, Y of shape [n] with integers. uint8 and
 * int8 values are taken as they are (xScale 1).
 */
export function loadNpyPair(xFile: string, yFile: string): Split {
  const x = loadNpy(xFile);
  const y = readNpy(new Uint8Array(fs.readFileSync(yFile)), yFile);
  if (y.shape.length !== 1 || y.dtype.startsWith('float')) {
    throw new DatasetError(
      `${yFile}: expected integers of shape [n] but received ${y.dtype} of shape [${y.shape}]`,
      {
        where: yFile,
        expected: 'integers of shape [n]',
        received: `${y.dtype} of shape [${y.shape}]`,
      },
    );
  }
  checkCounts(x.count, y.shape[0]!, xFile);
  return { ...x, y: Int32Array.from(y.data as ArrayLike<number | bigint>, Number) };
}

/** Examples without labels (y is all 0) from a .npy file of shape [n, ...] with float32, uint8 or int8. */
export function loadNpy(xFile: string): Split {
  const x = readNpy(new Uint8Array(fs.readFileSync(xFile)), xFile);
  if (!(x.data instanceof Float32Array || x.data instanceof Uint8Array || x.data instanceof Int8Array)) {
    throw new DatasetError(`${xFile}: expected float32, uint8 or int8 but received ${x.dtype}`, {
      where: xFile,
      expected: 'float32, uint8 or int8',
      received: x.dtype,
    });
  }
  const [count = 0, ...shape] = x.shape;
  return { count, shape, x: x.data, xScale: 1, y: new Int32Array(count) };
}

function checkCounts(examples: number, labels: number, where: string): void {
  if (examples === labels) return;
  throw new DatasetError(
    `${where}: expected as many labels as examples (${examples}) but received ${labels}`,
    {
      where,
      expected: `${examples} labels`,
      received: `${labels}`,
    },
  );
}
