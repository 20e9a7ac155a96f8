import type { Parts } from '@weightfold/base';
import { fillBatch, type Split } from '@weightfold/datasets';
import { type Graph, logitsOf, type WeightedNode } from '../graph/graph.js';
import { meanSquaredError } from '../ops.js';
import { permutation, randomFor } from '../random.js';
import { type Tensor, tf } from '../tf.js';
import type { FoldedLayer } from './fold.js';
import { inferenceForward, layerTensors } from './network.js';
import { type Ranges, widen } from './ranges.js';

/** Small enough that all activations of a batch (they live until its tidy ends) stay below some 100 MB. */
const batchSize = 100;

/** Top-1 accuracy in percent over a whole split; with ranges, int8 activations are simulated. */
export function* accuracy(
  graph: Graph,
  layers: FoldedLayer[],
  split: Split,
  ranges: Ranges | null,
): Parts<number> {
  let right = 0;
  yield* forEachBatch(graph, layers, split, range(split.count), ranges, undefined, (logits, indices) => {
    const predicted = tf.argMax(logits as never, 1).dataSync();
    for (let i = 0; i < indices.length; i++) if (predicted[i] === split.y[indices[i]!]) right++;
  });
  return (100 * right) / split.count;
}

/** Mean squared error of reconstruction over all values of a split; with ranges, int8 activations are simulated. */
export function* reconstructionError(
  graph: Graph,
  layers: FoldedLayer[],
  split: Split,
  ranges: Ranges | null,
): Parts<number> {
  let sum = 0;
  yield* forEachBatch(graph, layers, split, range(split.count), ranges, undefined, (outputs, indices) => {
    const inputs = tf.tensor(fillBatch(split, indices), [indices.length, ...split.shape]);
    sum += meanSquaredError(outputs, inputs).dataSync()[0]! * indices.length;
  });
  return sum / split.count;
}

export interface CalibrationOptions {
  examples: number;
  seed: number;
}

/** Smallest and largest activation at every point, over a random choice of training examples (min-max calibration). */
export function* calibrate(
  graph: Graph,
  layers: FoldedLayer[],
  train: Split,
  options: CalibrationOptions,
): Parts<Ranges> {
  const ranges: Ranges = new Map();
  const order = permutation(train.count, randomFor(options.seed, 'calibration')).subarray(
    0,
    options.examples,
  );
  const observe = (point: string, x: Tensor) => {
    const [min, max] = tf.stack([tf.min(x), tf.max(x)]).dataSync() as unknown as [number, number];
    widen(ranges, point, min, max);
  };
  yield* forEachBatch(graph, layers, train, order, null, observe, () => {});
  return ranges;
}

function range(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}

function* forEachBatch(
  graph: Graph,
  layers: FoldedLayer[],
  split: Split,
  order: Uint32Array,
  ranges: Ranges | null,
  observe: ((point: string, x: Tensor) => void) | undefined,
  visit: (logits: Tensor, indices: Uint32Array) => void,
): Parts<void> {
  const tensors = layerTensors(layers);
  const layer = (node: WeightedNode) => tensors.get(node)!;
  const logits = logitsOf(graph);
  try {
    for (let at = 0; at < order.length; at += batchSize) {
      const indices = order.subarray(at, at + batchSize);
      tf.tidy(() => {
        const x = tf.tensor(fillBatch(split, indices), [indices.length, ...split.shape]);
        const inputs = new Map([[graph.inputs[0]!.name, x]]);
        const values = inferenceForward(graph, inputs, layer, [logits], {
          ranges,
          ...(observe ? { observe } : {}),
        });
        visit(values.get(logits)!, indices);
      });
      yield;
    }
  } finally {
    for (const { weights, bias } of tensors.values()) tf.dispose([weights, bias]);
  }
}
