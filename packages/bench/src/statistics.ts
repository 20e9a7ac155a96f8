import { randomInteger } from './random.js';

/** Quantile q (0 to 1) of the values, linear between neighbours (type 7 of Hyndman and Fan, 1996). NaN when there are none. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted.length === 0 ? Number.NaN : sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low);
}

export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);

const resamples = 1000;

/**
 * 95 % interval of a statistic by the percentile bootstrap (Efron, 1979): samples are drawn again with replacement, the
 * same way each time (seeded).
 */
export function bootstrap95(
  samples: readonly ArrayLike<number>[],
  statistic: (samples: Float64Array[]) => number,
): [number, number] {
  const next = randomInteger(20211001);
  const results = Array.from({ length: resamples }, () =>
    statistic(
      samples.map((values) =>
        Float64Array.from({ length: values.length }, () => values[next(values.length)]!),
      ),
    ),
  );
  return [quantile(results, 0.025), quantile(results, 0.975)];
}

/** 95 % interval of the median. */
export const medianInterval = (values: ArrayLike<number>): [number, number] =>
  bootstrap95([values], ([sample]) => median(sample!));

/** How many times the second takes as long as the first (ratio of medians), with its 95 % interval. */
export function ratioOfMedians(
  ours: ArrayLike<number>,
  theirs: ArrayLike<number>,
): { ratio: number; ci95: [number, number] } {
  const ratio = ([a, b]: ArrayLike<number>[]) => median(b!) / median(a!);
  return { ratio: ratio([ours, theirs]), ci95: bootstrap95([ours, theirs], ratio) };
}
