import { expect, it } from 'vitest';
import { median, medianInterval, quantile, ratioOfMedians } from './statistics.js';

it('computes quantiles as numpy does', () => {
  // numpy.quantile([15, 20, 35, 40, 50], [.05, .4, .95]) = [16, 29, 48]
  const values = [50, 15, 40, 20, 35];
  expect([0.05, 0.4, 0.95].map((q) => quantile(values, q))).toEqual([16, 29, 48]);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(quantile([], 0.5)).toBeNaN();
});

it('gives an interval that holds the median, is wider for wilder samples, and is the same each time', () => {
  const calm = Array.from({ length: 200 }, (_, i) => 100 + (i % 5));
  const wild = Array.from({ length: 200 }, (_, i) => 100 + (i % 50));
  const [low, high] = medianInterval(wild);
  expect(low).toBeLessThanOrEqual(median(wild));
  expect(high).toBeGreaterThanOrEqual(median(wild));
  const [calmLow, calmHigh] = medianInterval(calm);
  expect(calmHigh - calmLow).toBeLessThan(high - low);
  expect(medianInterval(wild)).toEqual([low, high]);
});

it('says how many times as long the other takes', () => {
  const { ratio, ci95 } = ratioOfMedians([10, 10, 11, 9], [30, 31, 30, 29]);
  expect(ratio).toBe(3);
  expect(ci95[0]).toBeGreaterThan(2);
  expect(ci95[1]).toBeLessThan(4);
});
