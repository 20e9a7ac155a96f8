import type { EncodedWeights } from '../constraints/constraint.js';
import { decode } from '../constraints/int8-grid.js';
import type { LayerConstraints } from '../constraints/layer-constraints.js';
import { smallestScale } from '../constraints/scales.js';
import type { WeightedNode } from '../graph/graph.js';
import { findSlot, type ParameterSlot, slotValues, weightShape } from './parameters.js';

/** Mean and variance of a layer's outputs over the training data, one for each channel. */
export interface Moments {
  mean: Float32Array;
  variance: Float32Array;
}

/** A layer at inference: batch normalization folded in. Weights in the training layout (channel last). */
export interface FoldedLayer {
  node: WeightedNode;
  shape: number[];
  weights: Float32Array;
  bias: Float32Array;
}

/** What a trained network consists of, beside its constraints. */
export interface TrainedState {
  slots: ParameterSlot[];
  values: Float32Array;
  moments: Map<string, Moments>;
}

/** gamma / √(variance + ε) and the offset that remain of batch normalization when it is folded; without it, 1 and the bias. */
export function foldFactors(
  state: TrainedState,
  node: WeightedNode,
): { factor: Float32Array; bias: Float32Array } {
  const values = (kind: 'gamma' | 'beta' | 'bias') =>
    slotValues(state.values, findSlot(state.slots, node, kind));
  if (!node.batchNorm) {
    const bias = Float32Array.from(values('bias'));
    return { factor: new Float32Array(bias.length).fill(1), bias };
  }
  const { mean, variance } = state.moments.get(node.name)!;
  const gamma = values('gamma');
  const beta = values('beta');
  const { epsilon } = node.batchNorm;
  const factor = gamma.map((g, i) => g / Math.sqrt(variance[i]! + epsilon));
  return { factor, bias: beta.map((b, i) => b - mean[i]! * factor[i]!) };
}

/** Float layers: constrained weights × factor. */
export function foldLayer(state: TrainedState, constraints: LayerConstraints): FoldedLayer {
  const { node, shape } = constraints;
  const weights = constraints.apply(slotValues(state.values, findSlot(state.slots, node, 'weights')));
  const { factor, bias } = foldFactors(state, node);
  const folded = weights.map((w, i) => w * factor[i % shape.channels]!);
  return { node, shape: weightShape(node), weights: folded, bias };
}

/** An int8 layer: the codes of the constrained weights, the channel scales times the factor, and the float bias. */
export interface QuantizedLayer extends EncodedWeights {
  node: WeightedNode;
  bias: Float32Array;
}

/**
 * Encodes a layer's weights for export. Scales are by channel, so a positive factor multiplies them and leaves codes alone;
 * a negative one (possible where nothing is clustered) turns the codes' sign.
 */
export function quantizeLayer(state: TrainedState, constraints: LayerConstraints): QuantizedLayer {
  const { node, shape } = constraints;
  const weights = slotValues(state.values, findSlot(state.slots, node, 'weights'));
  const { factor, bias } = foldFactors(state, node);
  const { codes, scales } = constraints.encode(weights);
  return {
    node,
    bias,
    codes: codes.map((code, i) => (factor[i % shape.channels]! < 0 ? -code : code)),
    scales: scales.map((scale, channel) => Math.max(scale * Math.abs(factor[channel]!), smallestScale)),
  };
}

/** The same layer with real weights, for simulating the exported network. */
export function dequantizeLayer(layer: QuantizedLayer): FoldedLayer {
  const weights = decode(layer, layer.scales.length);
  return { node: layer.node, shape: weightShape(layer.node), weights, bias: layer.bias };
}
