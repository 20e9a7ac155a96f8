import type { Random } from '../random.js';

/** Ways to place the first centroids. */
export const centroidInits = ['best', 'linear', 'density', 'random', 'k-means++'] as const;
export type CentroidInit = (typeof centroidInits)[number];

/** Sorted values with running sums, so that sum and count of any range cost two look-ups. */
interface SortedValues {
  values: Float64Array;
  sums: Float64Array;
}

export function sortValues(values: ArrayLike<number>): SortedValues {
  const sorted = new Float64Array(values).sort();
  const sums = new Float64Array(sorted.length + 1);
  for (let i = 0; i < sorted.length; i++) sums[i + 1] = sums[i]! + sorted[i]!;
  return { values: sorted, sums };
}

/**
 * One-dimensional k-means (Lloyd, 1982) on sorted values: each centroid moves to the mean of the values nearest to it
 * until nothing moves or `iterations` are done. A centroid in `fixed` stays. An empty one stays where it is.
 */
export function lloyd(
  sorted: SortedValues,
  start: number[],
  iterations: number,
  fixed: number | null,
): number[] {
  let centroids = [...start].sort((a, b) => a - b);
  for (let round = 0; round < iterations; round++) {
    const edges = [0, ...midpoints(centroids).map((m) => lowerBound(sorted.values, m)), sorted.values.length];
    const next = centroids.map((centroid, i) => {
      const count = edges[i + 1]! - edges[i]!;
      if (count === 0 || centroid === fixed) return centroid;
      return (sorted.sums[edges[i + 1]!]! - sorted.sums[edges[i]!]!) / count;
    });
    const moved = next.some((value, i) => value !== centroids[i]);
    centroids = next.sort((a, b) => a - b);
    if (!moved) break;
  }
  return centroids;
}

/** Mean squared distance of the values to their nearest centroid. */
export function distortion(sorted: SortedValues, centroids: number[]): number {
  const limits = midpoints(centroids);
  let at = 0;
  let total = 0;
  for (const value of sorted.values) {
    while (at < limits.length && value > limits[at]!) at++;
    total += (value - centroids[at]!) ** 2;
  }
  return sorted.values.length === 0 ? 0 : total / sorted.values.length;
}

/** Starting centroids at equal distances between the extremes. */
export function linearCentroids({ values }: SortedValues, k: number): number[] {
  const low = values[0] ?? 0;
  const high = values.at(-1) ?? 0;
  return Array.from({ length: k }, (_, i) => low + ((high - low) * (i + 0.5)) / k);
}

/** Starting centroids at equal steps of the distribution. */
export function densityCentroids({ values }: SortedValues, k: number): number[] {
  return Array.from({ length: k }, (_, i) => values[Math.floor(((i + 0.5) * values.length) / k)] ?? 0);
}

/** Starting centroids at values chosen at random. */
export function randomCentroids({ values }: SortedValues, k: number, random: Random): number[] {
  return Array.from({ length: k }, () => values[random.integer(Math.max(1, values.length))] ?? 0);
}

/**
 * Starting centroids far from one another: each is a value chosen with a probability in proportion to its squared distance
 * from the nearest one so far (k-means++, Arthur and Vassilvitskii, 2007).
 */
export function plusPlusCentroids({ values }: SortedValues, k: number, random: Random): number[] {
  const centroids = randomCentroids({ values, sums: values }, 1, random);
  const distances = values.map((value) => (value - centroids[0]!) ** 2);
  while (centroids.length < k) {
    let left = random.uniform() * distances.reduce((sum, d) => sum + d, 0);
    let at = 0;
    while (at < values.length - 1 && left >= distances[at]!) left -= distances[at++]!;
    const next = values[at] ?? 0;
    centroids.push(next);
    values.forEach((value, i) => {
      distances[i] = Math.min(distances[i]!, (value - next) ** 2);
    });
  }
  return centroids;
}

/** The borders between neighbouring centroids (sorted). */
export function midpoints(centroids: number[]): number[] {
  return centroids.slice(1).map((value, i) => (value + centroids[i]!) / 2);
}

function lowerBound(values: Float64Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
