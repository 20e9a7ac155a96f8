import type { LayerConstraints } from '../constraints/layer-constraints.js';
import type { WeightedNode } from '../graph/graph.js';
import { type Tensor, tf } from '../tf.js';
import type { Moments } from './fold.js';
import { findSlot, type ParameterKind, type ParameterSlot, slotValues } from './parameters.js';

/** Smallest gamma of a layer whose channels share codes: folding must not turn their sign. */
const smallestGamma = 1e-3;

/** Lower bounds for the flat vector: smallestGamma for gammas of clustered layers; null when there are none. */
export function lowestValues(
  { slots, constraints }: { slots: ParameterSlot[]; constraints: Map<WeightedNode, LayerConstraints> },
  size: number,
): Tensor | null {
  const bounded = (slot: ParameterSlot) =>
    slot.kind === ('gamma' satisfies ParameterKind) && constraints.get(slot.node)!.clustered;
  if (!slots.some(bounded)) return null;
  const bounds = new Float32Array(size).fill(-3e38);
  for (const slot of slots.filter(bounded)) slotValues(bounds, slot).fill(smallestGamma);
  return tf.keep(tf.tensor1d(bounds));
}

/** Turns weights so that every gamma of the nodes is positive: the same function (decision 6). Works in place. */
export function makeGammasPositive(
  nodes: WeightedNode[],
  slots: ParameterSlot[],
  values: Float32Array,
  moments: Map<string, Moments>,
): void {
  for (const node of nodes.filter((node) => node.batchNorm)) {
    const gamma = slotValues(values, findSlot(slots, node, 'gamma'));
    const weights = slotValues(values, findSlot(slots, node, 'weights'));
    const mean = moments.get(node.name)?.mean;
    gamma.forEach((g, channel) => {
      if (g < 0) {
        gamma[channel] = -g;
        for (let i = channel; i < weights.length; i += gamma.length) weights[i] = -weights[i]!;
        if (mean) mean[channel] = -mean[channel]!;
      }
      gamma[channel] = Math.max(gamma[channel]!, smallestGamma);
    });
  }
}
