import type { Graph } from '../graph/graph.js';
import { randomFor } from '../random.js';
import { type Tensor, tf } from '../tf.js';

/** Zeros and 1 / (1 − rate) of a dropout node in a step. They depend on (seed, stage, node, step) alone. */
export function dropoutMask(
  { graph, seed, stage, step }: { graph: Graph; seed: number; stage: string; step: number },
  name: string,
  shape: number[],
): Tensor {
  const node = graph.nodes.find((candidate) => candidate.name === name);
  const rate = node?.op === 'DROPOUT' ? node.rate : 0;
  const random = randomFor(seed, 'dropout', stage, name, step);
  const mask = new Float32Array(shape.reduce((product, n) => product * n, 1));
  for (let i = 0; i < mask.length; i++) mask[i] = random.uniform() < rate ? 0 : 1 / (1 - rate);
  return tf.tensor(mask, shape);
}
