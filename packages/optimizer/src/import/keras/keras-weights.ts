import fs from 'node:fs';
import { OptimizerError } from '../../errors.js';
import type { WeightedNode } from '../../graph/graph.js';
import type { Moments } from '../../training/fold.js';
import { findSlot, type ParameterSlot, parameterCount, slotValues } from '../../training/parameters.js';
import { type LayerPath, openH5, snakeCase, type WeightSource } from './weights.js';

/** Keras' classes of the graph's nodes. */
const classNames = {
  CONV_2D: 'Conv2D',
  DEPTHWISE_CONV_2D: 'DepthwiseConv2D',
  TRANSPOSE_CONV: 'Conv2DTranspose',
  FULLY_CONNECTED: 'Dense',
} as const;

/**
 * Reads a Keras weights file (as `model.save_weights` writes it) into the parameters of a graph. Layers are matched by name,
 * else by class and order; batch normalization follows the order of the layers in front of it.
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
  const source = await openH5(file);
  try {
    const arrays = new LayerArrays(source, file);
    const values = new Float32Array(parameterCount(slots));
    const moments = new Map<string, Moments>();
    for (const node of new Set(slots.map((slot) => slot.node))) {
      const sizeOf = (kind: ParameterSlot['kind']) => findSlot(slots, node, kind).size;
      const set = (kind: ParameterSlot['kind'], array: Float32Array) =>
        slotValues(values, findSlot(slots, node, kind)).set(array);
      const layer = arrays.layer(node.name, classNames[node.op]);
      const kernel = node.op === 'DEPTHWISE_CONV_2D' ? 'depthwise_kernel' : 'kernel';
      set('weights', layer(kernel, 0, sizeOf('weights')));
      if (node.batchNorm) moments.set(node.name, readBatchNorm(arrays, node, set, sizeOf('gamma')));
      else set('bias', layer('bias', 1, sizeOf('bias')));
    }
    return { values, moments };
  } finally {
    source.close();
  }
}

function readBatchNorm(
  arrays: LayerArrays,
  node: WeightedNode,
  set: (kind: 'gamma' | 'beta', array: Float32Array) => void,
  channels: number,
): Moments {
  const layer = arrays.layer(`${node.name}_bn`, 'BatchNormalization');
  set('gamma', layer('gamma', 0, channels));
  set('beta', layer('beta', 1, channels));
  return { mean: layer('moving_mean', 2, channels), variance: layer('moving_variance', 3, channels) };
}

/** Arrays of layers that are asked for in their order. */
class LayerArrays {
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly source: WeightSource,
    private readonly file: string,
  ) {}

  layer(name: string, className: string): (role: string, index: number, size: number) => Float32Array {
    const group = snakeCase(className);
    const count = this.seen.get(group) ?? 0;
    this.seen.set(group, count + 1);
    const path: LayerPath = [{ name, byClass: count === 0 ? group : `${group}_${count}` }];
    return (role, index, size) => {
      const found = this.source.find({ className, name, config: {}, calls: [] }, path, role, index);
      if (found?.length === size) return found;
      const where = `${this.file}: ${path[0]!.byClass}/vars/${index}`;
      const received = found ? `${found.length}` : 'nothing';
      throw new OptimizerError(`${where}: expected ${size} float32 values but received ${received}`, {
        code: 'BAD_WEIGHTS',
        where,
        expected: `${size} float32 values (${name}, ${role})`,
        received,
      });
    };
  }
}
