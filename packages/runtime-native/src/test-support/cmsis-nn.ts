import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { data, needing } from '@weightfold/test-support';
import type { Constant } from './single-op-plan.js';

// Known answers: the unit-test cases published with CMSIS-NN (Apache-2.0), made by Arm's scripts from TensorFlow Lite Micro's
// reference kernels. They give multipliers and shifts, so plans are made by hand instead of being lowered from a model.

export interface Vector {
  name: string;
  /** A setting without the prefix that it carries in the C header. */
  get(key: string, otherwise?: number): number;
  text(key: string): string;
  array(...names: string[]): number[];
  has(name: string): boolean;
}

interface Line {
  name: string;
  config: Record<string, number | string>;
  arrays: Record<string, { type: string; data: number[] }>;
}

function vector({ name, config, arrays }: Line): Vector {
  const has = (key: string) => `${name}_${key}` in arrays;
  const setting = (key: string) => config[`${name.toUpperCase()}_${key}`];
  return {
    name,
    has,
    text: (key) => String(setting(key)),
    get(key, otherwise) {
      const value = setting(key) ?? otherwise;
      if (typeof value !== 'number') throw new Error(`${name} has no ${key}`);
      return value;
    },
    array: (...names) => arrays[`${name}_${names.find(has)}`]!.data,
  };
}

export const vectorsReady = needing('data');

const file = path.join(data, 'cmsis-nn-vectors/vectors.jsonl.gz');

/** All cases; none without the data. */
export const vectors: Vector[] = vectorsReady.skip
  ? []
  : zlib
      .gunzipSync(fs.readFileSync(file))
      .toString()
      .trim()
      .split('\n')
      .map((line) => vector(JSON.parse(line)));

export const int8 = (numbers: number[], shape: number[]): Constant => ({
  shape,
  data: Int8Array.from(numbers),
});
export const int32 = (numbers: number[]): Constant => ({
  shape: [numbers.length],
  data: Int32Array.from(numbers),
});
export const int64 = (numbers: number[]): Constant => ({
  shape: [numbers.length],
  data: BigInt64Array.from(numbers, BigInt),
});
export const activation = (v: Vector) => [v.get('OUT_ACTIVATION_MIN'), v.get('OUT_ACTIVATION_MAX')];

/** Depthwise weights [h, w, channels] as those of a grouped convolution, [channels, h, w, 1]. */
export function groupedWeights(weights: number[], area: number, channels: number): number[] {
  return weights.map((_, i) => weights[(i % area) * channels + Math.floor(i / area)]!);
}
