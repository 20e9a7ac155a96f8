import fs from 'node:fs';
import path from 'node:path';
import { UnsupportedError } from '@weightfold/base';
import { badConfig } from './config.js';
import { badFile, findByName, type WeightSource } from './weights.js';

interface WeightEntry {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: { dtype: string; scale?: number; min?: number };
}

interface ModelJson {
  format?: string;
  modelTopology?: Record<string, unknown>;
  weightsManifest?: { paths: string[]; weights: WeightEntry[] }[];
}

/**
 * The configuration and arrays of a tfjs LayersModel: model.json and the shards beside it.
 * @throws UnsupportedError for a GraphModel; OptimizerError for a shard that is missing, too short or outside of the folder
 */
export function openTfjs(file: string, json: ModelJson): WeightSource & { config: unknown } {
  const { modelTopology: topology, weightsManifest: manifest } = json;
  if (json.format === 'graph-model' || topology?.node)
    throw new UnsupportedError(`${file}: a tfjs GraphModel`, {
      where: file,
      expected: 'a tfjs LayersModel',
      received: 'a GraphModel',
      hint: 'save the Keras model as .keras or .h5, or convert with --output_format=tfjs_layers_model',
    });
  if (!Array.isArray(manifest))
    throw badConfig(`${file}: weightsManifest`, 'a list of weight groups', manifest);
  const arrays = new Map<string, Float32Array>();
  for (const { paths, weights } of manifest) {
    const bytes = Buffer.concat(paths.map((shard) => readShard(file, shard)));
    let at = 0;
    for (const entry of weights) {
      const { values, size } = readWeight(file, entry, bytes, at);
      arrays.set(entry.name, values);
      at += size;
    }
  }
  return {
    config: topology?.model_config ?? topology,
    find: (layer, place, role) => findByName(arrays, layer, place, role),
    close: () => {},
  };
}

function readShard(model: string, shard: string): Buffer {
  const folder = path.dirname(path.resolve(model));
  const file = path.resolve(folder, shard);
  if (!file.startsWith(folder + path.sep))
    throw badFile(`${model}: shard ${shard}`, 'a path inside the model’s folder');
  if (!fs.existsSync(file)) throw badFile(file, `the shard that ${model} names, but there is no such file`);
  return fs.readFileSync(file);
}

const types = { float32: Float32Array, uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array } as const;

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
  if (at + size > bytes.length)
    throw badFile(file, `${at + size} bytes in its shards for ${name} but received ${bytes.length}`);
  const raw = new make(new Uint8Array(bytes.subarray(at, at + size)).buffer);
  const { scale = 1, min = 0 } = quantization ?? {};
  return { values: Float32Array.from(raw, (value) => value * scale + min), size };
}
