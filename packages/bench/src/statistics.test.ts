import { expect, it } from 'vitest';
import { bootstrap95, flatten, median, medianInterval, quantile, ratioOfMedians } from './statistics.js';

const rounds = (count: number, size: number, value: (i: number, round: number) => number) =>
  Array.from({ length: count }, (_, round) => Array.from({ length: size }, (_, i) => value(i, round)));

it('computes quantiles as numpy does', () => {
  // numpy.quantile([15, 20, 35, 40, 50], [.05, .4, .95]) = [16, 29, 48]
  const values = [50, 15, 40, 20, 35];
  expect([0.05, 0.4, 0.95].map((q) => quantile(values, q))).toEqual([16, 29, 48]);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(quantile([], 0.5)).toBeNaN();
});

it('gives an interval that holds the median, and is the same each time', () => {
  const wild = rounds(20, 10, (i, round) => 100 + ((i * 7 + round * 13) % 50));
  const [low, high] = medianInterval(wild);
  expect(low).toBeLessThan(median(flatten(wild)));
  expect(high).toBeGreaterThan(median(flatten(wild)));
  expect(medianInterval(wild)).toEqual([low, high]);
});

it('covers the true value about as often as it says', () => {
  // The mean of 20 rounds from a uniform distribution on [0, 1): 95 of 100 intervals should hold 0.5. By the binomial
  // distribution, fewer than 86 have a probability below 0.001 (the percentile bootstrap of 20 rounds is a bit too narrow).
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  let held = 0;
  for (let trial = 0; trial < 100; trial++) {
    const [low, high] = bootstrap95([rounds(20, 1, random)], ([x]) => x!.reduce((a, b) => a + b) / x!.length);
    if (low <= 0.5 && 0.5 <= high) held++;
  }
  expect(held).toBeGreaterThanOrEqual(86);
});

it('is not made narrower by more runs in the same rounds, which share what disturbed them', () => {
  const level = (round: number) => 100 + ((round * 13) % 20);
  const width = ([low, high]: [number, number]) => high - low;
  const few = width(medianInterval(rounds(20, 1, (_, round) => level(round))));
  const many = width(medianInterval(rounds(20, 50, (_, round) => level(round))));
  expect(few).toBeGreaterThan(0);
  expect(many).toBeCloseTo(few);
});

it('says how many times as long the other takes; a slow spell that meets both does not widen the interval', () => {
  const ours = rounds(20, 10, (i, round) => (10 + (i % 3)) * (round < 8 ? 3 : 1));
  const theirs = rounds(20, 10, (i, round) => 3 * (10 + (i % 3)) * (round < 8 ? 3 : 1));
  const { ratio, ci95 } = ratioOfMedians(ours, theirs);
  expect(ratio).toBeCloseTo(3);
  expect(ci95[0]).toBeCloseTo(3);
  expect(ci95[1]).toBeCloseTo(3);
});
