import { fitPattern, parsePattern, type SparsityPattern } from '@weightfold/container';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConvolutionNode, WeightedNode } from '../graph/graph.js';
import { tf } from '../tf.js';
import { decode, roundToCode } from './int8-grid.js';
import { distortion, lloyd, sortValues } from './kmeans.js';
import { type ConstraintSpec, LayerConstraints, type QuantizeSpec } from './layer-constraints.js';
import { checkLayerPatterns } from './layer-names.js';
import { globalCounts, smallestMask } from './masks.js';
import { smallestScale } from './scales.js';

const node = (rows: number, channels: number): ConvolutionNode => ({
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
const dense = (inputUnits: number, units: number): WeightedNode => ({
  op: 'FULLY_CONNECTED',
  name: 'layer',
  inputs: ['input'],
  inputUnits,
  units,
  batchNorm: null,
  activation: 'NONE',
});

const sparsity = (
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
type ClusterSpec = Extract<ConstraintSpec, { type: 'cluster' }>;
const cluster = (clusters: number, more: Partial<ClusterSpec> = {}): ConstraintSpec => ({
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
const quantize = (more: Partial<QuantizeSpec> = {}): ConstraintSpec => ({
  type: 'quantize',
  layers: null,
  bits: 8,
  ranges: 'moving-average',
  ...more,
});

type RateSpec = Extract<ConstraintSpec, { type: 'rate' }>;
const rate = (lambda: number, more: Partial<RateSpec> = {}): ConstraintSpec => ({
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
const metadata = (scalesPerOctave = 16): ConstraintSpec => ({
  type: 'metadata',
  scalesPerOctave,
  biasSteps: 0.5,
  layers: null,
});

/** Constraints of the stages that recipes name, and of one that no recipe names. */
const stages: Record<string, ConstraintSpec[]> = {
  base: [],
  pruned: [sparsity(0.5)],
  clustered: [cluster(16)],
  'sparse-clustered': [{ type: 'preserve-sparsity' }, cluster(16)],
  qat: [quantize()],
  pqat: [{ type: 'preserve-sparsity' }, quantize()],
  cqat: [cluster(8), quantize()],
  pcqat: [{ type: 'preserve-sparsity' }, cluster(4), quantize()],
  '2:4': [sparsity(0.5, { pattern: '2:4' })],
  '1:4 at once, clustered, quantized': [
    sparsity(0.75, { pattern: '1:4', schedule: 'constant' }),
    cluster(6),
    quantize(),
  ],
  'k-means++': [cluster(7, { init: 'k-means++' }), quantize()],
  'random centroids': [cluster(7, { init: 'random' })],
  'codes of each channel': [cluster(5, { codebook: 'channel' }), quantize()],
  'sparse codes of each channel': [
    { type: 'preserve-sparsity' },
    cluster(4, { codebook: 'channel' }),
    quantize(),
  ],
  'real values': [cluster(6, { codebook: 'float' })],
  'sparse real values, quantized': [
    { type: 'preserve-sparsity' },
    cluster(6, { codebook: 'float' }),
    quantize(),
  ],
  'trained centroids': [cluster(7, { centroids: 'gradient-sum' }), quantize()],
  '4 bits': [sparsity(0.5), quantize({ bits: 4 })],
  '3 bits of a codebook': [cluster(6), quantize({ bits: 3 })],
  'blocks of 2 x 4': [sparsity(0.6, { pattern: '2x4' }), quantize()],
  'pruned and clustered at once': [sparsity(0.7), cluster(5), quantize()],
  'the other way round': [quantize(), cluster(5), sparsity(0.7)],
  coded: [rate(0.02), metadata(), quantize()],
  'a high rate': [rate(1e-4), quantize()],
  'a low rate of few codes': [rate(5, { maxCodes: 7, importanceFloor: 0.01 }), metadata(4), quantize()],
  'zeros kept at a rate': [{ type: 'preserve-sparsity' }, rate(0.1), quantize()],
  'zeros that come after codes are frozen': [
    sparsity(0.6, { rampStart: 0.9, rampEnd: 1 }),
    rate(0.01, { freezeAt: 0 }),
    quantize(),
  ],
  '4 bits at a rate': [rate(0.001, { maxCodes: 255 }), quantize({ bits: 4 })],
  'plain codes, metadata on grids': [metadata(), quantize()],
  'real values before zeros': [cluster(5, { codebook: 'float' }), sparsity(0.7), quantize()],
};

const noNote = (message: string) => {
  throw new Error(`unexpected note: ${message}`);
};
const layerOf = (specs: ConstraintSpec[], at: WeightedNode, note: (message: string) => void = noNote) =>
  LayerConstraints.of(at, specs, { perChannelDense: false }, note);

/** Weights as trained ones are (a channel's spread is its own), with zeros, ties, channels of zeros and extremes among them, or none. */
// Not fc.double, which takes numbers by their bits: nearly all would be 0 beside the rest, or ±1.
const ordinary = fc.noBias(fc.integer({ min: -1e6, max: 1e6 })).map((n) => n / 1e6);
const value = fc.oneof(
  { weight: 8, arbitrary: ordinary },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(0.5, -0.5, 1e-20, -1e-9, 100) },
);
const arrayOf = <T>(length: number, one: fc.Arbitrary<T>) =>
  fc.array(one, { minLength: length, maxLength: length });
const matrix = fc
  .record({
    rows: fc.integer({ min: 8, max: 24 }),
    channels: fc.integer({ min: 2, max: 6 }),
    seeds: fc.oneof(arrayOf(144, value), arrayOf(144, ordinary)),
    scales: fc.oneof(arrayOf(6, fc.constantFrom(0, 1e-6, 0.1, 1, 30)), fc.constant(Array(6).fill(1))),
  })
  .map(({ rows, channels, seeds, scales }) => ({
    rows,
    channels,
    weights: Float32Array.from(
      { length: rows * channels },
      (_, i) => seeds[i % 144]! * scales[i % channels]!,
    ),
  }));

const zerosOf = (values: ArrayLike<number>) => Array.from(values).filter((v) => v === 0).length;

describe.each(Object.entries(stages))('stage %s', (_, specs) => {
  const clustering = specs.find((spec) => spec.type === 'cluster');
  const k = clustering?.clusters;
  const bits = specs.find((spec) => spec.type === 'quantize')?.bits ?? 8;
  const target = specs.find((spec) => spec.type === 'sparsity')?.target;
  const named = specs.find((spec) => spec.type === 'sparsity')?.pattern;
  const pattern = named ? parsePattern(named) : null;
  const rated = specs.find((spec) => spec.type === 'rate');
  const preserves = specs.some((spec) => spec.type === 'preserve-sparsity');

  it('encodes to codes that keep every promise, and training sees the same weights as the export', () => {
    const expectPromises = (weights: Float32Array, codes: Int8Array, rows: number, channels: number) => {
      const largest = 2 ** (bits - 1) - 1;
      expect(codes.every((code) => Math.abs(code) <= largest)).toBe(true);
      if (k) expect(mostCodes(codes, channels, clustering!.codebook)).toBeLessThanOrEqual(k);
      if (rated) expectRated(codes, rated.maxCodes, zerosOf(weights) < weights.length && !target);
      if (pattern) expectPattern(codes, rows, channels, pattern);
      if (target) expectZeros(codes, pattern?.type === 'n:m' ? 0 : target);
      if (preserves) expectZerosKept(weights, codes);
    };
    fc.assert(
      fc.property(matrix, fc.boolean(), ({ rows, channels, weights }, isDense) => {
        const layer = layerOf(specs, isDense ? dense(rows, channels) : node(rows, channels));
        layer.update(weights, 0);
        layer.update(weights, 1);
        const encoded = layer.encode(weights);
        layer.verify(encoded.codes);
        expectPromises(weights, encoded.codes, rows, channels);
        expect(encoded.scales.every((scale) => scale > 0 && Number.isFinite(scale))).toBe(true);
        if (isDense) expect(new Set(encoded.scales).size).toBe(1);
        if (clustering?.codebook === 'float')
          expect(new Set(layer.settle(weights)).size).toBeLessThanOrEqual(k!);
        const [trained, exported] = [projected(layer, weights, rows, channels), decode(encoded, channels)];
        if (specs.some((spec) => spec.type === 'quantize')) expectClose(trained, exported, weights);
        layer.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('goes on from saved state as if it had not stopped', () => {
    fc.assert(
      fc.property(matrix, matrix, ({ rows, channels, weights }, later) => {
        const next = weights.map((w, i) => w * 0.9 + 0.01 * later.weights[i % later.weights.length]!);
        const straight = layerOf(specs, node(rows, channels));
        straight.update(weights, 0.3);
        const resumed = layerOf(specs, node(rows, channels));
        resumed.restore(structuredClone(straight.save()));
        for (const layer of [straight, resumed]) layer.update(next, 0.7);
        expect(resumed.encode(next)).toEqual(straight.encode(next));
      }),
      { numRuns: 30 },
    );
  });
});

/** A rate keeps to its number of codes, and takes not all of them where there are weights. */
function expectRated(codes: Int8Array, maxCodes: number, hasWeights: boolean): void {
  expect(new Set(codes).size).toBeLessThanOrEqual(maxCodes);
  if (hasWeights) expect(zerosOf(codes)).toBeLessThan(codes.length);
}

function expectZeros(codes: Int8Array, target: number): void {
  expect(zerosOf(codes)).toBeGreaterThanOrEqual(Math.floor(target * codes.length));
}

function expectZerosKept(weights: Float32Array, codes: Int8Array): void {
  weights.forEach((w, i) => {
    if (w === 0) expect(codes[i]).toBe(0);
  });
}

/** Distinct codes of the layer, or the most in a channel where each has its own. */
function mostCodes(codes: Int8Array, channels: number, codebook: ClusterSpec['codebook']): number {
  if (codebook === 'layer') return new Set(codes).size;
  const ofChannel = (channel: number) => new Set(codes.filter((_, i) => i % channels === channel)).size;
  return Math.max(...Array.from({ length: channels }, (_, channel) => ofChannel(channel)));
}

/** Codes hold a pattern on the matrix [channels, rows]; zeros of blocks lie in whole blocks, but for those that were there. */
function expectPattern(codes: Int8Array, rows: number, channels: number, pattern: SparsityPattern): void {
  const isZero = Array.from(codes, (_, i) => codes[(i % rows) * channels + Math.floor(i / rows)] === 0);
  const { groups, fitting, zerosInside } = fitPattern(isZero, { rows: channels, columns: rows }, pattern);
  if (pattern.type === 'n:m') expect(fitting).toBe(groups);
  else expect(zerosInside).toBeGreaterThanOrEqual(Math.floor(0.6 * codes.length));
}

function projected(
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

/** Equal up to binary32 rounding, and near the smallest scale altogether; a weight on the border of two codes may take either. */
function expectClose(actual: Float32Array, expected: Float32Array, weights: Float32Array): void {
  actual.forEach((a, i) => {
    const e = expected[i]!;
    const rounding = Math.max(1e-5 * Math.max(Math.abs(a), Math.abs(e)), 4 * smallestScale);
    const border = Math.abs(weights[i]! - (a + e) / 2) <= 1e-3 * Math.abs(a - e);
    if (Math.abs(a - e) > rounding && !border) expect(a).toBe(e);
  });
}

describe('what was promised and is missing', () => {
  const weights = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i + 1));

  it('names the layer, the expected and the found number of codes', () => {
    const layer = layerOf([cluster(4)], node(16, 4));
    layer.update(weights, 0);
    const codes = Int8Array.from({ length: 64 }, (_, i) => i % 5);
    expect(() => layer.verify(codes)).toThrow(/layer: expected at most 4 distinct codes but found 5/);
  });

  it('names a zero that was lost', () => {
    const layer = layerOf([sparsity(0.5)], node(16, 4));
    layer.update(weights, 1);
    const { codes } = layer.encode(weights);
    layer.verify(codes);
    codes[codes.indexOf(0)] = 3;
    expect(() => layer.verify(codes)).toThrow(/layer: expected a zero at element \d+ but found 3/);
  });

  it('names too few zeros when the mask never reached its target', () => {
    const layer = layerOf([sparsity(0.5)], node(16, 4));
    layer.update(weights, 0.1);
    expect(() => layer.verify(layer.encode(weights).codes)).toThrow(/at least 32 zeros of 64/);
  });

  it('refuses −128', () => {
    const layer = layerOf([], node(16, 4));
    expect(() => layer.verify(new Int8Array(64).fill(-128))).toThrow(/codes in \[-127, 127\]/);
  });
});

describe('names of layers', () => {
  it('of which none is left are an error', () => {
    const names = ['conv1', 'b1_pw', 'fc'];
    expect(() => checkLayerPatterns(['!conv1'], names, 'stage s, sparsity')).toThrow(
      /stage s, sparsity: expected names of layers but received \[!conv1\], which leave none/,
    );
    expect(() => checkLayerPatterns(['*', '!conv1'], names, 'stage s, sparsity')).not.toThrow();
  });
});

describe('layers that a stage leaves out', () => {
  it('does not cluster a layer with fewer weights than clusters, and says so', () => {
    const notes: string[] = [];
    const layer = layerOf([cluster(16)], node(3, 5), (message) => notes.push(message));
    expect(layer.clustered).toBe(false);
    expect(notes).toEqual(['layer: not clustered, it has 15 weights for 16 clusters']);
  });

  it('takes depthwise layers only on request', () => {
    const depthwise: ConvolutionNode = { ...node(1, 8), op: 'DEPTHWISE_CONV_2D', kernel: [3, 3] };
    expect(layerOf([sparsity(0.5), cluster(4)], depthwise).empty).toBe(true);
    const asked = [cluster(4, { depthwise: true })];
    expect(layerOf(asked, depthwise).clustered).toBe(true);
  });
});

describe('a code for zeros', () => {
  const weights = Float32Array.from({ length: 64 }, (_, i) => (i % 2 ? 1 : -1) * (1 + (i % 7) / 100));

  it('takes the place of the nearest centroid when a codebook without one goes on', () => {
    for (const centroids of ['lloyd', 'gradient-sum'] as const) {
      const before = layerOf([cluster(3)], node(16, 4));
      before.update(weights, 0);
      const layer = layerOf([sparsity(0.5), cluster(3, { centroids })], node(16, 4));
      layer.inherit(before.save());
      for (const progress of [0, 0.5, 1]) layer.update(weights, progress);
      layer.verify(layer.encode(weights).codes);
      const trained = projected(layer, weights, 16, 4);
      expect(zerosOf(trained)).toBeGreaterThanOrEqual(32);
    }
  });
});

describe('pruning', () => {
  it('zeroes the smallest magnitudes, exactly as many as asked', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), fc.nat(100), (list, part) => {
        const weights = Float32Array.from(list);
        const count = Math.floor((part / 100) * weights.length);
        const mask = smallestMask(weights, count);
        expect(zerosOf(mask)).toBe(count);
        const magnitudes = (kept: number) => [...weights].filter((_, i) => mask[i] === kept).map(Math.abs);
        if (count > 0 && count < weights.length) {
          expect(Math.max(...magnitudes(0))).toBeLessThanOrEqual(Math.min(...magnitudes(1)));
        }
      }),
    );
  });

  it('grows as 1 − (1 − t)³ and then stays on its weights', () => {
    const weights = Float32Array.from({ length: 1000 }, (_, i) => i + 1);
    const layer = layerOf([sparsity(0.5)], node(100, 10));
    const zerosAt = (progress: number) => {
      layer.update(weights, progress);
      return zerosOf(layer.apply(weights));
    };
    expect([0, 0.125, 0.25, 0.5].map(zerosAt)).toEqual([0, 289, 437, 500]);
    layer.update(Float32Array.from(weights).reverse(), 0.9);
    expect(zerosOf(layer.apply(weights).slice(0, 500))).toBe(500);
  });
});

describe('clustering', () => {
  it('finds separated groups of one dimension', () => {
    const groups = [-2, -1, 0.5, 3];
    const values = groups.flatMap((g) => [-0.01, 0, 0.01].map((d) => g + d));
    const found = lloyd(sortValues(values), [-2.5, -0.5, 0, 1], 50, null);
    found.forEach((centroid, i) => {
      expect(centroid).toBeCloseTo(groups[i]!, 6);
    });
  });

  it('never makes the distortion larger', () => {
    fc.assert(
      fc.property(
        fc.array(ordinary, { minLength: 4, maxLength: 60 }),
        fc.array(ordinary, { minLength: 1, maxLength: 8 }),
        (values, start) => {
          const sorted = sortValues(values);
          const before = distortion(
            sorted,
            [...start].sort((a, b) => a - b),
          );
          expect(distortion(sorted, lloyd(sorted, start, 20, null))).toBeLessThanOrEqual(before + 1e-9);
        },
      ),
    );
  });
});

it('rounds half to even, as TensorFlow does', () => {
  const halves = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5];
  expect(halves.map((v) => roundToCode(v) + 0)).toEqual([...tf.round(halves).dataSync()].map((v) => v + 0));
  expect([300, -300].map(roundToCode)).toEqual([127, -127]);
});

describe('a global budget', () => {
  it('takes the smallest weights of all layers beside their spread, and never a whole layer', () => {
    const spread = Float32Array.from({ length: 100 }, (_, i) => (i % 2 ? 1 : -1) * (i + 1));
    const peaked = Float32Array.from({ length: 100 }, (_, i) => (i < 90 ? 0.001 : 50));
    const counts = globalCounts([spread, peaked], 0.6);
    expect(counts).toEqual([30, 90]);
    expect(globalCounts([spread, spread.map((w) => w * 1000)], 0.5)).toEqual([50, 50]);
    expect(globalCounts([spread, peaked], 0.99)).toEqual([95, 95]);
  });

  it('is dealt out to the layers of a stage, which hold their shares', () => {
    const layers = [node(16, 4), node(8, 4)].map((at) => layerOf([sparsity(0.5, { scope: 'global' })], at));
    const weights = [64, 32].map((n, k) => Float32Array.from({ length: n }, (_, i) => Math.sin(i + k) ** 3));
    const counts = globalCounts(weights, 0.5);
    expect(counts[0]! + counts[1]!).toBe(48);
    layers.forEach((layer, i) => {
      layer.sparsity!.setShare(counts[i]!);
      layer.update(weights[i]!, 1);
      const { codes } = layer.encode(weights[i]!);
      layer.verify(codes);
      expect(zerosOf(codes)).toBeGreaterThanOrEqual(counts[i]!);
    });
  });
});

describe('layers by name', () => {
  const named = (name: string) => ({ ...node(16, 4), name });
  const specs: ConstraintSpec[] = [
    sparsity(0.5, { layers: ['*', '!fc'] }),
    sparsity(0.75, { layers: ['b1_*'] }),
    cluster(4, { layers: ['b?_dw', 'fc'] }),
  ];

  it('are taken by the last of the specs that name them', () => {
    const weights = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i + 1));
    const zeros = (name: string) => {
      const layer = layerOf(specs, named(name));
      layer.update(weights, 1);
      return zerosOf(layer.encode(weights).codes);
    };
    expect([zeros('b1_pw'), zeros('b2_pw')]).toEqual([48, 32]);
    expect(layerOf(specs, named('fc')).sparsity).toBeUndefined();
    expect(layerOf(specs, named('fc')).clustered).toBe(true);
    expect(layerOf(specs, named('b1_dw')).clustered).toBe(false); // ? is no wildcard
  });

  it('are checked, so that a slip is an error', () => {
    expect(() => checkLayerPatterns(['b*_pw', 'fx'], ['b1_pw', 'fc'], 'stage pruned')).toThrow(
      'stage pruned: no layer is named fx',
    );
  });
});
