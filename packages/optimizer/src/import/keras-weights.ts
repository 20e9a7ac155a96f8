import fs from 'node:fs';
import { OptimizerError } from '../errors.js';
import { outputChannels, type WeightedNode } from '../graph/graph.js';
import type { Moments } from '../training/fold.js';
import { findSlot, type ParameterSlot, parameterCount, slotValues } from '../training/parameters.js';

/** Group names of Keras layer classes in a `.weights.h5` file; the second of a class is `<name>_1`, and so on. */
const kerasClasses = {
  CONV_2D: 'conv2d',
  DEPTHWISE_CONV_2D: 'depthwise_conv2d',
  TRANSPOSE_CONV: 'conv2d_transpose',
  FULLY_CONNECTED: 'dense',
} as const;

/**
 * Reads a Keras `.weights.h5` file (as `model.save_weights` writes it) into the parameters of a graph. Layers are matched
 * by class and order; batch normalization follows the order of the convolutions.
 * @throws OptimizerError naming the array that is missing or has another size
 */
export async function readKerasWeights(
  file: string,
  slots: ParameterSlot[],
): Promise<{ values: Float32Array; moments: Map<string, Moments> }> {
  if (!fs.existsSync(file)) {
    throw new OptimizerError(`baseWeights: no file ${file}`, {
      code: 'NO_WEIGHTS',
      where: 'baseWeights',
      exitCode: 2,
    });
  }
  const { default: h5 } = await import('h5wasm/node');
  await h5.ready;
  const archive = new h5.File(file, 'r');
  try {
    const read = (path: string, size: number) => readArray(archive.get(path), `${file}: ${path}`, size);
    const values = new Float32Array(parameterCount(slots));
    const moments = new Map<string, Moments>();
    const seen = new Map<string, number>();
    for (const node of new Set(slots.map((slot) => slot.node))) {
      const set = (kind: ParameterSlot['kind'], path: string) => {
        const slot = findSlot(slots, node, kind);
        slotValues(values, slot).set(read(path, slot.size));
      };
      const layer = nextGroup(seen, kerasClasses[node.op]);
      set('weights', `${layer}/vars/0`);
      if (node.batchNorm)
        moments.set(node.name, readBatchNorm(node, nextGroup(seen, 'batch_normalization'), set, read));
      else set('bias', `${layer}/vars/1`);
    }
    return { values, moments };
  } finally {
    archive.close();
  }
}

function readBatchNorm(
  node: WeightedNode,
  group: string,
  set: (kind: 'gamma' | 'beta', path: string) => void,
  read: (path: string, size: number) => Float32Array,
): Moments {
  set('gamma', `${group}/vars/0`);
  set('beta', `${group}/vars/1`);
  const channels = outputChannels(node);
  return { mean: read(`${group}/vars/2`, channels), variance: read(`${group}/vars/3`, channels) };
}

function nextGroup(seen: Map<string, number>, name: string): string {
  const index = seen.get(name) ?? 0;
  seen.set(name, index + 1);
  return `layers/${index === 0 ? name : `${name}_${index}`}`;
}

function readArray(entity: unknown, where: string, size: number): Float32Array {
  const { value, shape } = (entity ?? {}) as { value?: unknown; shape?: number[] };
  if (value instanceof Float32Array && value.length === size) return value;
  const received = shape ? `shape [${shape}]` : 'nothing';
  throw new OptimizerError(`${where}: expected ${size} float32 values but received ${received}`, {
    code: 'BAD_WEIGHTS',
    where,
    expected: `${size} float32 values`,
    received,
  });
}
