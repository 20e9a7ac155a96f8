// Layers and constraints for tests: what a configuration would give, with the values that a test leaves out.
import fc from 'fast-check';
import {
  type ConstraintSpec,
  LayerConstraints,
  type QuantizeSpec,
} from '../src/constraints/layer-constraints.js';
import type { ConvolutionNode, WeightedNode } from '../src/graph/graph.js';
import { tf } from '../src/tf.js';

export const node = (rows: number, channels: number): ConvolutionNode => ({
  op: 'CONV_2D',
  name: 'layer',
  inputs: ['input'],
  channels,
  inputChannels: rows,
  groups: 1,
  kernel: [1, 1],
  strides: [1, 1],
  dilations: [1, 1],
  padding: 'SAME',
  batchNorm: { epsilon: 1e-3 },
  activation: 'RELU',
});
export const dense = (inputUnits: number, units: number): WeightedNode => ({
  op: 'FULLY_CONNECTED',
  name: 'layer',
  inputs: ['input'],
  inputUnits,
  units,
  batchNorm: null,
  activation: 'NONE',
});

export const sparsity = (
  target: number,
  more: Partial<Extract<ConstraintSpec, { type: 'sparsity' }>> = {},
): ConstraintSpec => ({
  type: 'sparsity',
  target,
  pattern: null,
  scope: 'layer',
  rampStart: 0,
  rampEnd: 0.5,
  schedule: 'polynomial',
  layers: null,
  depthwise: false,
  ...more,
});
export type ClusterSpec = Extract<ConstraintSpec, { type: 'cluster' }>;
export const cluster = (clusters: number, more: Partial<ClusterSpec> = {}): ConstraintSpec => ({
  type: 'cluster',
  clusters,
  codebook: 'layer',
  init: 'best',
  centroids: 'lloyd',
  freezeAt: 0.8,
  layers: null,
  depthwise: false,
  ...more,
});
export const quantize = (more: Partial<QuantizeSpec> = {}): ConstraintSpec => ({
  type: 'quantize',
  layers: null,
  bits: 8,
  ranges: 'moving-average',
  ...more,
});

export type RateSpec = Extract<ConstraintSpec, { type: 'rate' }>;
export const rate = (lambda: number, more: Partial<RateSpec> = {}): ConstraintSpec => ({
  type: 'rate',
  lambda,
  targetBytes: null,
  importanceFloor: 2,
  maxCodes: 63,
  rampEnd: 0.5,
  freezeAt: 0.85,
  layers: null,
  ...more,
});
export const metadata = (scalesPerOctave = 16): ConstraintSpec => ({
  type: 'metadata',
  scalesPerOctave,
  biasSteps: 0.5,
  layers: null,
});

export const noNote = (message: string) => {
  throw new Error(`unexpected note: ${message}`);
};
export const layerOf = (
  specs: ConstraintSpec[],
  at: WeightedNode,
  note: (message: string) => void = noNote,
) => LayerConstraints.of(at, specs, { perChannelDense: false }, note);

/** Weights of no special kind. */
// Not fc.double, which takes numbers by their bits: nearly all would be 0 beside the rest, or ±1.
export const ordinary = fc.noBias(fc.integer({ min: -1e6, max: 1e6 })).map((n) => n / 1e6);
/** Weights with zeros, ties and extremes among them. */
export const value = fc.oneof(
  { weight: 8, arbitrary: ordinary },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(0.5, -0.5, 1e-20, -1e-9, 100) },
);

export const zerosOf = (values: ArrayLike<number>) => Array.from(values).filter((v) => v === 0).length;

export function projected(
  layer: LayerConstraints,
  weights: Float32Array,
  rows: number,
  channels: number,
): Float32Array {
  return tf.tidy(() => {
    const { trained } = layer;
    const values = trained ? tf.tensor(trained.read(), trained.shape) : null;
    return layer.project(tf.tensor(weights, [1, 1, rows, channels]), values).dataSync() as Float32Array;
  });
}
