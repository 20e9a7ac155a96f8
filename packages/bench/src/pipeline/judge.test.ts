import { expect, it } from 'vitest';
import { disagreements, type Judgement } from './judge.js';

const judged = (litertAccuracy: number, singleAccuracy: number): Judgement => ({
  litertAccuracy,
  singleAccuracy,
  litertMse: null,
  singleMse: null,
  tflmEqual: 100,
  tflmCompared: 100,
  versions: {},
});

it('accepts 0.1 points between accuracies, or two examples of a small test set', () => {
  expect(disagreements(judged(85.0, 85.1), 10_000)).toEqual([]);
  expect(disagreements(judged(85.0, 85.11), 10_000)).toEqual([
    expect.stringContaining('expected at most 0.10 points'),
  ]);
  const of300 = (right: number) => (100 * right) / 300;
  expect(disagreements(judged(of300(80), of300(82)), 300)).toEqual([]);
  expect(disagreements(judged(of300(80), of300(83)), 300)).toEqual([
    expect.stringContaining('expected at most 0.67 points'),
  ]);
});

it('says whether a difference is to worry about, by the standard error of the test set', () => {
  // The standard error of 85 % is √(0.85 × 0.15 / 10,000) = 0.357 points.
  expect(disagreements(judged(85.2, 84.8), 10_000)[0]).toMatch(
    /No matter: .* from 0\.71 points, twice .* of 10000/,
  );
  expect(disagreements(judged(84.6, 85.4), 10_000)[0]).toMatch(/It matters, being more than 0\.71 points/);
});
