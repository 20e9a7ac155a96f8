import { expect, it } from 'vitest';
import { randomInteger } from './random.js';
import {
  flatten,
  median,
  medianDeviation,
  medianInterval,
  pairedRatio,
  quantile,
  unpairedRatio,
  verdictOf,
} from './statistics.js';

const rounds = (count: number, size: number, value: (i: number, round: number) => number) =>
  Array.from({ length: count }, (_, round) => Array.from({ length: size }, (_, i) => value(i, round)));

function uniform(seed: number): () => number {
  const next = randomInteger(seed);
  return () => next(2 ** 30) / 2 ** 30;
}

it('computes quantiles as numpy does', () => {
  // numpy.quantile([15, 20, 35, 40, 50], [.05, .4, .95]) = [16, 29, 48]
  const values = [50, 15, 40, 20, 35];
  expect([0.05, 0.4, 0.95].map((q) => quantile(values, q))).toEqual([16, 29, 48]);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(quantile([], 0.5)).toBeNaN();
});

it('computes the median absolute deviation as scipy does', () => {
  // scipy.stats.median_abs_deviation([1, 1, 2, 2, 4, 6, 9]) = 1
  expect(medianDeviation([6, 1, 9, 2, 4, 1, 2])).toBe(1);
});

it('gives an interval that holds the median, and is the same each time', () => {
  const wild = rounds(20, 10, (i, round) => 100 + ((i * 7 + round * 13) % 50));
  const [low, high] = medianInterval(wild);
  expect(low).toBeLessThan(median(flatten(wild)));
  expect(high).toBeGreaterThan(median(flatten(wild)));
  expect(medianInterval(wild)).toEqual([low, high]);
  const [lower, higher] = medianInterval(wild, 0.99);
  expect(lower).toBeLessThanOrEqual(low);
  expect(higher).toBeGreaterThanOrEqual(high);
});

it('covers the true value about as often as it says', () => {
  // The median of 30 rounds from a uniform distribution on [0, 1): 95 of 100 intervals should hold 0.5. By the binomial
  // distribution, fewer than 86 have a probability below 0.001.
  const random = uniform(1);
  let held = 0;
  for (let trial = 0; trial < 100; trial++) {
    const [low, high] = medianInterval(rounds(30, 1, random));
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
  const { ratio, ci95, ci99 } = pairedRatio(ours, theirs);
  for (const value of [ratio, ...ci95, ...ci99]) expect(value).toBeCloseTo(3);
});

it('finds 5 % among noise of 10 % with rare outliers, and nothing where there is nothing', () => {
  const random = uniform(7);
  const noisy = (scale: number) =>
    rounds(40, 5, () => scale * (1 + 0.1 * random()) * (random() < 0.05 ? 4 : 1));
  let found = 0;
  let wrong = 0;
  for (let trial = 0; trial < 100; trial++) {
    const base = noisy(100);
    if (verdictOf(pairedRatio(base, noisy(105))) === 'faster') found++;
    if (verdictOf(pairedRatio(base, noisy(100))) !== 'not distinguishable') wrong++;
  }
  // Binomial: more than 5 of 100 at 1 % has a probability of 0.0005.
  expect(found).toBeGreaterThanOrEqual(95);
  expect(wrong).toBeLessThanOrEqual(5);
});

it('tells an effect only when it is certain and not below 1 %', () => {
  const verdict = (ratio: number, low: number, high: number) =>
    verdictOf({ ratio, ci95: [low, high], ci99: [low, high] });
  expect(verdict(1.02, 1.001, 1.04)).toBe('faster');
  expect(verdict(1.02, 0.999, 1.04)).toBe('not distinguishable');
  expect(verdict(1.009, 1.008, 1.01)).toBe('not distinguishable');
  expect(verdict(0.98, 0.97, 0.99)).toBe('slower');
  expect(verdict(0.995, 0.994, 0.996)).toBe('not distinguishable');
});

it('compares rounds that were taken at different times with wider intervals', () => {
  const random = uniform(3);
  const level = Array.from({ length: 30 }, () => 1 + 0.2 * random());
  const ours = rounds(30, 5, (_, round) => 100 * level[round]!);
  const theirs = rounds(30, 5, (_, round) => 120 * level[round]!);
  const width = ({ ci99: [low, high] }: { ci99: [number, number] }) => high - low;
  const apart = unpairedRatio(ours, theirs);
  expect(apart.ratio).toBeCloseTo(1.2);
  expect(width(pairedRatio(ours, theirs))).toBeCloseTo(0);
  expect(width(apart)).toBeGreaterThan(0.02);
});
