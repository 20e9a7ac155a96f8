import fs from 'node:fs';
import path from 'node:path';
import { fromHalf } from '@weightfold/tflite';
import { badConfig } from '../keras/config.js';
import { badFile } from '../keras/weights.js';

/** A tfjs model.json: a LayersModel or a GraphModel. */
export interface ModelJson {
  format?: string;
  modelTopology?: Record<string, unknown>;
  signature?: unknown;
  weightsManifest?: { paths: string[]; weights: WeightEntry[] }[];
}

interface WeightEntry {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: { dtype: string; scale?: number; min?: number };
}

export interface TfjsWeight {
  shape: number[];
  values: Float32Array;
}

/**
 * All arrays of a tfjs model as real numbers, from the shards beside model.json.
 * @throws OptimizerError for a shard that is missing, too short or outside of the model's folder, and for unknown types
 */
export function readTfjsWeights(file: string, { weightsManifest }: ModelJson): Map<string, TfjsWeight> {
  if (!Array.isArray(weightsManifest))
    throw badConfig(`${file}: weightsManifest`, 'a list of weight groups', weightsManifest);
  const arrays = new Map<string, TfjsWeight>();
  for (const { paths, weights } of weightsManifest) {
    const bytes = Buffer.concat(paths.map((shard) => readShard(file, shard)));
    let at = 0;
    for (const entry of weights) {
      const { values, size } = readWeight(file, entry, bytes, at);
      arrays.set(entry.name, { shape: entry.shape, values });
      at += size;
    }
  }
  return arrays;
}

function readShard(model: string, shard: string): Buffer {
  const folder = path.dirname(path.resolve(model));
  const file = path.resolve(folder, shard);
  if (!file.startsWith(folder + path.sep))
    throw badFile(`${model}: shard ${shard}`, 'a path inside the model’s folder');
  if (!fs.existsSync(file)) throw badFile(file, `the shard that ${model} names, but there is no such file`);
  return fs.readFileSync(file);
}

const types = {
  float32: Float32Array,
  float16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  uint16: Uint16Array,
  int32: Int32Array,
} as const;

function readWeight(
  file: string,
  { name, shape, dtype, quantization }: WeightEntry,
  bytes: Buffer,
  at: number,
): { values: Float32Array; size: number } {
  const stored = (quantization?.dtype ?? dtype) as keyof typeof types;
  const make = types[stored];
  if (!make) throw badConfig(`${file}: weight ${name}`, `dtype ${Object.keys(types).join(', ')}`, stored);
  const count = shape.reduce((product, n) => product * n, 1);
  const size = count * make.BYTES_PER_ELEMENT;
  if (!(at + size <= bytes.length))
    throw badFile(file, `${at + size} bytes in its shards for ${name} but received ${bytes.length}`);
  const own = new Uint8Array(bytes.subarray(at, at + size));
  if (stored === 'float16') return { values: fromHalf(own), size };
  const raw = new make(own.buffer);
  const { scale = 1, min = 0 } = quantization ?? {};
  return { values: Float32Array.from(raw, (value) => value * scale + min), size };
}
