import type { EncodedWeights } from '../constraints/constraint.js';
import { decode } from '../constraints/int8-grid.js';
import type { LayerConstraints, MetadataGrid } from '../constraints/layer-constraints.js';
import { roundScale } from '../constraints/scale-grid.js';
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

/**
 * gamma / √(variance + ε) of each channel; without batch normalization, 1. Where the layer has a grid of scales, it is what brings the
 * channel's scale onto it.
 */
function foldFactors(state: TrainedState, constraints: LayerConstraints, weights: Float32Array) {
  const { node, shape, metadata } = constraints;
  const factor = normalizingFactors(state, node, shape.channels);
  if (!metadata) return factor;
  const { scales } = constraints.encode(weights);
  return factor.map((f, i) => Math.sign(f) * (onGrid(scales[i]! * Math.abs(f), metadata) / scales[i]!));
}

function normalizingFactors(state: TrainedState, node: WeightedNode, channels: number): Float32Array {
  if (!node.batchNorm) return new Float32Array(channels).fill(1);
  const { variance } = state.moments.get(node.name)!;
  const { epsilon } = node.batchNorm;
  const gamma = slotValues(state.values, findSlot(state.slots, node, 'gamma'));
  return gamma.map((g, i) => g / Math.sqrt(variance[i]! + epsilon));
}

/** The offset that remains of batch normalization when it is folded; without it, the bias. */
function foldBias(state: TrainedState, node: WeightedNode, factor: Float32Array): Float32Array {
  const values = (kind: 'beta' | 'bias') => slotValues(state.values, findSlot(state.slots, node, kind));
  if (!node.batchNorm) return Float32Array.from(values('bias'));
  const { mean } = state.moments.get(node.name)!;
  return values('beta').map((b, i) => b - mean[i]! * factor[i]!);
}

const onGrid = (scale: number, { scalesPerOctave }: MetadataGrid): number =>
  roundScale(Math.max(scale, smallestScale), scalesPerOctave);

/** Float layers: constrained weights × factor. */
export function foldLayer(state: TrainedState, constraints: LayerConstraints): FoldedLayer {
  const { node, shape } = constraints;
  const values = slotValues(state.values, findSlot(state.slots, node, 'weights'));
  const weights = constraints.apply(values);
  const factor = foldFactors(state, constraints, values);
  const folded = weights.map((w, i) => w * factor[i % shape.channels]!);
  return { node, shape: weightShape(node), weights: folded, bias: foldBias(state, node, factor) };
}

/** An int8 layer: the codes of the constrained weights, the channel scales times the factor, and the float bias. */
export interface QuantizedLayer extends EncodedWeights {
  node: WeightedNode;
  bias: Float32Array;
  /** Grids of scales and biases; null or nothing: as fine as they come. */
  metadata?: MetadataGrid | null;
}

/**
 * Encodes a layer's weights for export. Scales are by channel, so a positive factor multiplies them and leaves codes alone;
 * a negative one (possible where nothing is clustered) turns the codes' sign.
 */
export function quantizeLayer(state: TrainedState, constraints: LayerConstraints): QuantizedLayer {
  const { node, shape, metadata } = constraints;
  const weights = slotValues(state.values, findSlot(state.slots, node, 'weights'));
  const { codes, scales } = constraints.encode(weights);
  const factor = foldFactors(state, constraints, weights);
  const folded = scales.map((scale, channel) => Math.max(scale * Math.abs(factor[channel]!), smallestScale));
  return {
    node,
    metadata,
    bias: foldBias(state, node, factor),
    codes: codes.map((code, i) => (factor[i % shape.channels]! < 0 ? -code : code)),
    scales: metadata ? gridScales(folded, codes, metadata) : folded,
  };
}

/** Scales on their grid, rounding of products undone; channels without weights take that of the channel before. */
function gridScales(scales: Float32Array, codes: Int8Array, metadata: MetadataGrid): Float32Array {
  const { length } = scales;
  const used = new Set<number>();
  codes.forEach((code, i) => void (code !== 0 && used.add(i % length)));
  const first = scales.findIndex((_, channel) => used.has(channel));
  let last = Math.max(first, 0);
  return scales.map((_, channel) => {
    if (used.has(channel)) last = channel;
    return onGrid(scales[last]!, metadata);
  });
}

/** The same layer with real weights, for simulating the exported network. */
export function dequantizeLayer(layer: QuantizedLayer): FoldedLayer {
  const weights = decode(layer, layer.scales.length);
  return { node: layer.node, shape: weightShape(layer.node), weights, bias: layer.bias };
}
