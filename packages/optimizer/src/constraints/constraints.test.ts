import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cluster,
  layerOf,
  node,
  ordinary,
  projected,
  sparsity,
  value,
  zerosOf,
} from '../../test/constraints.js';
import type { ConvolutionNode } from '../graph/graph.js';
import { tf } from '../tf.js';
import { roundToCode } from './int8-grid.js';
import { distortion, lloyd, sortValues } from './kmeans.js';
import type { ConstraintSpec } from './layer-constraints.js';
import { checkLayerPatterns } from './layer-names.js';
import { globalCounts, smallestMask } from './masks.js';

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
