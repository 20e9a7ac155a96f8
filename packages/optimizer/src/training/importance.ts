import type { Parts } from '@weightfold/base';
import type { Dataset } from '@weightfold/datasets';
import type { Objective } from '../config.js';
import type { LayerConstraints } from '../constraints/layer-constraints.js';
import { channelSpreads } from '../constraints/spread.js';
import type { Graph, WeightedNode } from '../graph/graph.js';
import { type Tensor, tf } from '../tf.js';
import { Batches } from './batches.js';
import { trainingForward } from './network.js';
import { taskLoss } from './objective.js';
import { findSlot, type ParameterKind, type ParameterSlot, slotValues } from './parameters.js';

export interface ImportanceOptions {
  graph: Graph;
  dataset: Dataset;
  slots: ParameterSlot[];
  objective: Objective;
  stage: string;
  seed: number;
  batchSize: number;
}

/** Batches whose gradients are squared. */
const batches = 25;
/** Importance is within this of the mean of all layers, as a factor: estimates of few batches have long tails. */
const farthest = 30;

/**
 * How much errors in the weights of each layer matter, 1 being the mean over all weights: the mean of squared gradients of the loss
 * (the diagonal of the empirical Fisher information) by weights in units of their channel's spread, which is how a rate measures
 * their errors. Of the float network, batch normalization by the batch.
 */
export function* layerImportance(
  options: ImportanceOptions,
  values: Float32Array,
  layers: LayerConstraints[],
): Parts<Map<WeightedNode, number>> {
  const squares = yield* squaredGradients(options, values);
  const sums = layers.map(({ node, shape }) => {
    const slot = findSlot(options.slots, node, 'weights');
    const spreads = channelSpreads(slotValues(values, slot), shape);
    const sum = slotValues(squares, slot).reduce((s, g, i) => s + g * spreads[i % shape.channels]! ** 2, 0);
    return { node, sum, size: slot.size };
  });
  const total = (key: 'sum' | 'size') => sums.reduce((all, layer) => all + layer[key], 0);
  const mean = total('sum') / total('size');
  const relative = (value: number) => Math.min(farthest, Math.max(1 / farthest, value));
  return new Map(sums.map(({ node, sum, size }) => [node, mean > 0 ? relative(sum / size / mean) : 1]));
}

/** Sum over batches of the squared gradient by each value. */
function* squaredGradients(options: ImportanceOptions, values: Float32Array): Parts<Float32Array> {
  const { graph, slots, objective } = options;
  const sample = new Batches({
    ...options,
    examplesPerEpoch: options.dataset.train.count,
    heldOut: 0,
    augment: null,
  }).sample('importance');
  const sums = new Float32Array(values.length);
  for (let i = 0; i < batches; i++) {
    const gradient = tf.tidy(() => {
      const batch = sample(i);
      const loss = (flat: Tensor) => {
        const pieces = tf.split(
          flat,
          slots.map(({ size }) => size),
        ) as Tensor[];
        const parameter = (node: WeightedNode, kind: ParameterKind) => {
          const slot = findSlot(slots, node, kind);
          return pieces[slots.indexOf(slot)]!.reshape(slot.shape);
        };
        const weights = (node: WeightedNode) => parameter(node, 'weights');
        const outputs = trainingForward(graph, batch.x, { parameter, weights, dropoutMask: null });
        return taskLoss(objective, outputs, batch);
      };
      return tf
        .grad(loss as never)(tf.tensor1d(values))
        .dataSync() as Float32Array;
    });
    for (let j = 0; j < sums.length; j++) sums[j]! += gradient[j]! * gradient[j]!;
    yield;
  }
  return sums;
}
