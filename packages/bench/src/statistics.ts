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

/** Samples of one engine, by the round in which they were taken. */
export type Rounds = readonly ArrayLike<number>[];

/**
 * 95 % interval of a statistic of several engines by the percentile bootstrap (Efron, 1979), the same each time (seeded).
 * Whole rounds are drawn with replacement, the same for all engines: runs close in time share what disturbed them, so
 * drawing single runs would give intervals that are too narrow (block bootstrap: Künsch, 1989).
 */
export function bootstrap95(
  engines: readonly Rounds[],
  statistic: (samples: Float64Array[]) => number,
): [number, number] {
  const next = randomInteger(20211001);
  const count = engines[0]!.length;
  const results = Array.from({ length: resamples }, () => {
    const drawn = Array.from({ length: count }, () => next(count));
    return statistic(engines.map((rounds) => flatten(drawn.map((at) => rounds[at]!))));
  });
  return [quantile(results, 0.025), quantile(results, 0.975)];
}

/** All samples of the rounds, one after the other. */
export function flatten(rounds: Rounds): Float64Array {
  const all = new Float64Array(rounds.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const round of rounds) {
    all.set(round, at);
    at += round.length;
  }
  return all;
}

/** 95 % interval of the median of all samples. */
export const medianInterval = (rounds: Rounds): [number, number] =>
  bootstrap95([rounds], ([sample]) => median(sample!));

/** How many times the second takes as long as the first (ratio of medians), with its 95 % interval. */
export function ratioOfMedians(ours: Rounds, theirs: Rounds): { ratio: number; ci95: [number, number] } {
  const ratio = ([a, b]: Float64Array[]) => median(b!) / median(a!);
  return { ratio: ratio([flatten(ours), flatten(theirs)]), ci95: bootstrap95([ours, theirs], ratio) };
}
