import { OptimizerError } from '../errors.js';
import { type Graph, outputChannels } from '../graph/graph.js';
import { shapesOf } from '../graph/shapes.js';
import type { Moments, TrainedState } from '../training/fold.js';
import {
  findSlot,
  type ParameterKind,
  parameterCount,
  parameterSlots,
  slotValues,
} from '../training/parameters.js';

/** A float network from elsewhere: the optimizer's own graph, and trained values for it. */
export interface ImportedModel {
  graph: Graph;
  state: TrainedState;
}

/** Values of one layer, weights in the training layout (channel last). */
export interface LayerValues {
  weights: Float32Array;
  /** Absent: zeros. */
  bias?: Float32Array | undefined;
  batchNorm?: BatchNormValues | undefined;
}

/** Batch normalization as it was trained, one value for each channel. */
export interface BatchNormValues {
  gamma: Float32Array;
  beta: Float32Array;
  mean: Float32Array;
  variance: Float32Array;
  epsilon: number;
}

/** Lays the layers' values out as training does. A bias before batch normalization becomes part of the mean. */
export function importedModel(graph: Graph, layers: Map<string, LayerValues>): ImportedModel {
  shapesOf(graph); // throws when nodes do not fit together
  const slots = parameterSlots(graph);
  const values = new Float32Array(parameterCount(slots));
  const moments = new Map<string, Moments>();
  for (const node of new Set(slots.map((slot) => slot.node))) {
    const { weights, bias, batchNorm } = layers.get(node.name)!;
    const set = (kind: ParameterKind, from: Float32Array) => {
      const slot = findSlot(slots, node, kind);
      if (from.length !== slot.size) throw wrongSize(node.name, kind, slot.shape, from.length);
      slotValues(values, slot).set(from);
    };
    set('weights', weights);
    if (!batchNorm) {
      if (bias) set('bias', bias);
      continue;
    }
    set('gamma', batchNorm.gamma);
    set('beta', batchNorm.beta);
    for (const [kind, array] of Object.entries({ mean: batchNorm.mean, variance: batchNorm.variance })) {
      const channels = outputChannels(node);
      if (array.length !== channels) throw wrongSize(node.name, kind, [channels], array.length);
    }
    const mean = batchNorm.mean.map((value, i) => value - (bias?.[i] ?? 0));
    moments.set(node.name, { mean, variance: batchNorm.variance });
  }
  return { graph, state: { slots, values, moments } };
}

function wrongSize(layer: string, kind: string, shape: number[], received: number): OptimizerError {
  return new OptimizerError(
    `layer ${layer}: expected ${kind} of shape [${shape}] but received ${received} values`,
    {
      code: 'BAD_WEIGHTS',
      where: `${layer}, ${kind}`,
      expected: `[${shape}]`,
      received: `${received} values`,
    },
  );
}
