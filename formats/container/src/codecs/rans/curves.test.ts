import { describe, expect, it } from 'vitest';
import { NumberDecoder, NumberEncoder } from '../../coding/numbers.js';
import { ransContexts } from './contexts.js';
import { type Curve, curveLevels, getCurve, knotsUpTo, putCurve, symbolAt } from './curves.js';
import { codedBits, entropyBits, fitTables } from './fit.js';
import { fitCurve } from './fit-curve.js';
import { frequencies } from './tables.js';

const curve = (count: number, change: Partial<Curve> = {}): Curve => {
  const knots = knotsUpTo(count >> 1).map((_, k) => 30 - k);
  return { ranks: false, count, knots, edge: 0, ...change };
};

/** Counts of weights spread like a normal distribution, scaled so that the largest are at the ends of the range. */
function weightCounts(total: number, deviation: number): Float64Array {
  const counts = new Float64Array(256);
  for (let v = -127; v <= 127; v++)
    counts[v & 255] = Math.round((total / deviation / 2.5) * Math.exp(-((v / deviation) ** 2) / 2));
  counts[127] = counts[129] = 32;
  return counts;
}

describe.each([1, 2, 3, 8, 15, 64, 255, 256])('a curve over %i positions', (count) => {
  it.each([false, true])('comes back from numbers (ranks: %s)', (ranks) => {
    const original = curve(count, { ranks, edge: count > 2 ? -3 : 0 });
    const out = new NumberEncoder(ransContexts);
    putCurve(out, original);
    expect(getCurve(new NumberDecoder(ransContexts, out.finish()), ranks)).toEqual(original);
  });

  it('has a level for each position and none for the others, the same on both sides of zero', () => {
    const { levels } = curveLevels(curve(count))!;
    expect(levels.filter((level) => level > 0)).toHaveLength(count);
    for (let m = 1; 2 * m < count; m++) expect(levels[256 - m]).toBe(levels[m]);
  });
});

it('is linear between its knots, in steps of an eighth of a factor of two, and has an edge', () => {
  const { levels } = curveLevels(curve(9, { knots: [20, 16, 16, 15, 10], edge: 7 }))!;
  expect([0, 1, 2, 3, 4].map((m) => levels[m])).toEqual([39, 31, 31, 29, 33]);
  const wide = curveLevels(curve(17, { ranks: true, knots: [20, 20, 20, 20, 20, 17, 20] }))!;
  expect([8, 9, 11, 13, 15].map((p) => wide.levels[p])).toEqual([39, 36, 33, 36, 39]);
});

it('is refused when its edge leaves the range', () => {
  expect(curveLevels(curve(255, { edge: 60 }))).toBeNull();
  expect(curveLevels(curve(255, { edge: -60 }))).toBeNull();
});

it('orders signed bytes as ranks are: 0, 1, -1, 2 …', () => {
  expect([0, 1, 2, 3, 254, 255].map((p) => symbolAt(p, false))).toEqual([0, 1, 255, 2, 129, 128]);
});

it('codes weights in 3 % of their entropy, and in fewer bits than levels with their table', () => {
  const counts = weightCounts(4096, 40);
  const bits = codedBits(counts, frequencies(fitCurve(counts, false)));
  expect(bits).toBeLessThan(1.03 * entropyBits(counts));
  expect(bits + 100).toBeLessThan(fitTables([counts], true).bits);
});
