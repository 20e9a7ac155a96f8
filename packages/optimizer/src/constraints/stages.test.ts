import { fitPattern, parsePattern, type SparsityPattern } from '@weightfold/container';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClusterSpec,
  cluster,
  dense,
  layerOf,
  metadata,
  node,
  ordinary,
  projected,
  quantize,
  rate,
  sparsity,
  value,
  zerosOf,
} from '../../test/constraints.js';
import { decode } from './int8-grid.js';
import type { ConstraintSpec } from './layer-constraints.js';
import { smallestScale } from './scales.js';

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

const arrayOf = <T>(length: number, one: fc.Arbitrary<T>) =>
  fc.array(one, { minLength: length, maxLength: length });
/** Weights as trained ones are (a channel's spread is its own), with zeros, ties, channels of zeros and extremes among them, or none. */
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

/** Equal up to binary32 rounding, and near the smallest scale altogether; a weight on the border of two codes may take either. */
function expectClose(actual: Float32Array, expected: Float32Array, weights: Float32Array): void {
  actual.forEach((a, i) => {
    const e = expected[i]!;
    const rounding = Math.max(1e-5 * Math.max(Math.abs(a), Math.abs(e)), 4 * smallestScale);
    const border = Math.abs(weights[i]! - (a + e) / 2) <= 1e-3 * Math.abs(a - e);
    if (Math.abs(a - e) > rounding && !border) expect(a).toBe(e);
  });
}
