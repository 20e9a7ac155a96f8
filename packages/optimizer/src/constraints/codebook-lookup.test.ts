import { describe, expect, it } from 'vitest';
import { randomFor } from '../random.js';
import { type Tensor, tf } from '../tf.js';
import { type CentroidGradient, trainedLookUp } from './codebook-lookup.js';

const random = randomFor('codebook-lookup.test');
const values = (n: number) => Float32Array.from({ length: n }, () => random.normal());
const weights = tf.tensor2d(values(60), [20, 3]);
const upstream = tf.tensor2d(values(60), [20, 3]);

const gradients = (
  centroids: Tensor,
  gradient: CentroidGradient,
  spread: Tensor | null,
  largestCode: number | null,
) => {
  const f = (w: Tensor, c: Tensor) =>
    trainedLookUp(w, c, () => spread, gradient, { largestCode, oneUnit: false }).mul(upstream) as Tensor;
  return (tf.grads(f as never)([weights, centroids] as never) as Tensor[]).map((g) => [...g.dataSync()]);
};

/** Sum over the members of each centroid of the gradient that arrives at them, counted here one by one. */
function expectedSums(centroids: number[], normalizer: number[]): { sums: number[]; counts: number[] } {
  const sums = centroids.map(() => 0);
  const counts = centroids.map(() => 0);
  const dy = upstream.dataSync();
  weights.dataSync().forEach((w, i) => {
    const v = w / normalizer[i % 3]!;
    const distances = centroids.map((c) => Math.abs(c - v));
    const nearest = distances.indexOf(Math.min(...distances));
    sums[nearest]! += dy[i]! * normalizer[i % 3]!;
    counts[nearest]!++;
  });
  return { sums, counts };
}

const expectClose = (actual: number[], expected: number[]) =>
  actual.forEach((value, i) => void expect(value).toBeCloseTo(expected[i]!, 4));

describe('trained centroids', () => {
  const centroids = [0.9, -1.1, 0, 0.3]; // in any order, one of them 0

  it('get the sum of their members’ gradients, one at 0 none; weights get theirs unchanged', () => {
    const [toWeights, toCentroids] = gradients(tf.tensor2d(centroids, [1, 4]), 'sum', null, null);
    const { sums } = expectedSums(centroids, [1, 1, 1]);
    sums[2] = 0;
    expectClose(toCentroids!, sums);
    expect(toWeights).toEqual([...upstream.dataSync()]);
  });

  it('get their mean where the mean is asked for', () => {
    const [, toCentroids] = gradients(tf.tensor2d(centroids, [1, 4]), 'mean', null, null);
    const { sums, counts } = expectedSums(centroids, [1, 1, 1]);
    const means = sums.map((sum, i) => (i === 2 || counts[i] === 0 ? 0 : sum / counts[i]!));
    expectClose(toCentroids!, means);
  });

  it('count a member by the spread that normalized it', () => {
    const spread = [0.5, 1, 2];
    const [, toCentroids] = gradients(tf.tensor2d(centroids, [1, 4]), 'sum', tf.tensor1d(spread), 127);
    // Centroids on the grid: rounded to codes of 1.1 / 127.
    const unit = 1.1 / 127;
    const onGrid = centroids.map((c) => Math.round(c / unit) * unit);
    const { sums } = expectedSums(onGrid, spread);
    sums[2] = 0;
    expectClose(toCentroids!, sums);
  });

  it('are looked up channel by channel where each channel has its own', () => {
    const own = [
      [-1, 1],
      [0, 2],
      [-0.2, 0.4],
    ];
    const lookup = tf
      .tidy(() =>
        trainedLookUp(weights, tf.tensor2d(own), () => null, 'sum', { largestCode: null, oneUnit: false }),
      )
      .dataSync();
    weights.dataSync().forEach((w, i) => {
      const [low, high] = own[i % 3] as [number, number];
      expect(lookup[i]).toBeCloseTo(w > (low + high) / 2 ? high : low, 6);
    });
  });

  it('move towards where the loss is smaller', () => {
    const loss = (c: Tensor) =>
      trainedLookUp(weights, c, () => null, 'mean', { largestCode: null, oneUnit: false })
        .sub(weights)
        .square()
        .sum() as Tensor;
    let c = tf.tensor2d([-0.5, -0.1, 0.1, 0.5], [1, 4]) as Tensor;
    const first = loss(c).dataSync()[0]!;
    for (let i = 0; i < 50; i++)
      c = c.sub(
        tf
          .grad(loss as never)(c as never)
          .mul(0.2),
      ) as Tensor;
    expect(loss(c).dataSync()[0]!).toBeLessThan(first / 2);
  });
});
