import { ExitCode } from '@weightfold/base';
import { DatasetError } from './errors.js';

/** Examples of one kind (training or test): inputs and their labels. */
export interface Split {
  count: number;
  /** Shape of one example, without the batch: [28, 28, 1]. */
  shape: number[];
  /** All examples, row-major, one after the other. */
  x: Uint8Array | Int8Array | Float32Array;
  /** real value = x × xScale */
  xScale: number;
  /** Class of each example, from 0. */
  y: Int32Array;
}

/** Where a data set came from, for reports. */
export interface Provenance {
  source: string;
  licence: string;
  /** SHA-256 is that of the unpacked content: archives of the same content may differ. */
  files: { name: string; sha256: string; bytes: number }[];
}

/** What features of sound were normalized by, for each coefficient; null when they are as they are. */
export interface FeatureInfo {
  mean: Float32Array | null;
  deviation: Float32Array | null;
}

export interface Dataset {
  name: string;
  classes: number;
  classNames?: string[];
  train: Split;
  /** Where the data set's makers set some examples apart for choices during training. */
  validation?: Split;
  test: Split;
  /** Of recordings: which features were made, and what they were normalized by. */
  features?: FeatureInfo & { name: string };
  provenance: Provenance;
}

/** Number of values in one example. */
export function exampleSize(split: Split): number {
  return split.shape.reduce((product, size) => product * size, 1);
}

/**
 * The first `count` examples as a split of its own (a view).
 */
export function takeExamples(split: Split, count: number): Split {
  const n = Math.min(count, split.count);
  return { ...split, count: n, x: split.x.subarray(0, n * exampleSize(split)), y: split.y.subarray(0, n) };
}

/** The chosen examples as a split of its own (a copy), in their order. */
export function selectExamples(split: Split, indices: ArrayLike<number>): Split {
  const size = exampleSize(split);
  const x = emptyLike(split.x, indices.length * size);
  const y = new Int32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * size;
    x.set(split.x.subarray(from, from + size), i * size);
    y[i] = split.y[indices[i]!]!;
  }
  return { ...split, count: indices.length, x, y };
}

/** Not `slice`: of a Buffer, which is a Uint8Array too, that is a view. */
function emptyLike(x: Split['x'], length: number): Split['x'] {
  if (x instanceof Float32Array) return new Float32Array(length);
  return x instanceof Int8Array ? new Int8Array(length) : new Uint8Array(length);
}

/** Real values of the chosen examples as [indices.length, ...shape], row-major, written into `out` when it is given. */
export function fillBatch(split: Split, indices: ArrayLike<number>, out?: Float32Array): Float32Array {
  const size = exampleSize(split);
  const batch = out ?? new Float32Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * size;
    for (let j = 0; j < size; j++) batch[i * size + j] = split.x[from + j]! * split.xScale;
  }
  return batch;
}

/** @throws DatasetError when there are not as many labels as examples */
export function checkCounts(examples: number, labels: number, where: string): void {
  if (examples === labels) return;
  throw new DatasetError(
    `${where}: expected as many labels as examples (${examples}) but received ${labels}`,
    {
      where,
      expected: `${examples} labels`,
      received: `${labels}`,
      exitCode: ExitCode.usage,
    },
  );
}
