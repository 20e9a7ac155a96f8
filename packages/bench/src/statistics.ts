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

/** Median absolute deviation from the median: a spread that outliers do not move. */
export function medianDeviation(values: ArrayLike<number>): number {
  const middle = median(values);
  return median(Float64Array.from(values, (value) => Math.abs(value - middle)));
}

/** Samples of one engine, by the round in which they were taken. */
export type Rounds = readonly ArrayLike<number>[];
export type Interval = [low: number, high: number];

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

/** A 99 % interval needs its ends among more than a few resamples: 4000 leave 20 beyond each. */
const resamples = 4000;

/**
 * Interval of the median of all samples by the percentile bootstrap (Efron, 1979), the same each time (seeded). Whole rounds are
 * drawn with replacement: runs close in time share what disturbed them, so drawing single runs would give intervals that are
 * too narrow (block bootstrap: Künsch, 1989).
 */
export function medianInterval(rounds: Rounds, level = 0.95): Interval {
  return intervals(resampledMedians(rounds), level);
}

/** Middle part of the values that holds `level` of them. */
function intervals(medians: Float64Array, level: number): Interval {
  return [quantile(medians, (1 - level) / 2), quantile(medians, (1 + level) / 2)];
}

/** Medians of resampled rounds. The samples are sorted once; a resample only changes how often each of them counts. */
function resampledMedians(rounds: Rounds): Float64Array {
  const next = randomInteger(20211001);
  const sorted = rounds
    .flatMap((samples, round) => Array.from(samples, (value) => ({ value, round })))
    .sort((a, b) => a.value - b.value);
  const values = Float64Array.from(sorted, ({ value }) => value);
  const roundOf = Uint32Array.from(sorted, ({ round }) => round);
  const times = new Uint32Array(rounds.length);
  return Float64Array.from({ length: resamples }, () => {
    times.fill(0);
    let total = 0;
    for (let i = 0; i < rounds.length; i++) {
      const drawn = next(rounds.length);
      times[drawn]!++;
      total += rounds[drawn]!.length;
    }
    return weightedMedian(values, roundOf, times, total);
  });
}

/** Median of ascending values when each counts as often as its round was drawn. */
function weightedMedian(
  values: Float64Array,
  roundOf: Uint32Array,
  times: Uint32Array,
  total: number,
): number {
  const lowRank = Math.floor((total - 1) / 2);
  const highRank = Math.floor(total / 2);
  let seen = 0;
  let low = Number.NaN;
  for (let i = 0; i < values.length; i++) {
    seen += times[roundOf[i]!]!;
    if (Number.isNaN(low) && seen > lowRank) low = values[i]!;
    if (seen > highRank) return (low + values[i]!) / 2;
  }
  return low;
}

/** How many times as long one engine takes as another. */
export interface RatioEstimate {
  ratio: number;
  ci95: Interval;
  ci99: Interval;
}

/**
 * How many times as long the second takes as the first: the median over rounds of the ratio of the two's medians in that round,
 * with its intervals. A slow spell of the machine meets both in the same round, and so leaves the ratio alone.
 */
export function pairedRatio(first: Rounds, second: Rounds): RatioEstimate {
  const ratios = first.map((round, i) => [median(second[i]!) / median(round)]);
  const medians = resampledMedians(ratios);
  return { ratio: median(flatten(ratios)), ci95: intervals(medians, 0.95), ci99: intervals(medians, 0.99) };
}

/** The same for rounds that were not taken together, as those of two runs of the benchmark: each side is resampled by itself. */
export function unpairedRatio(first: Rounds, second: Rounds): RatioEstimate {
  const below = resampledMedians(first);
  const above = resampledMedians(second);
  // Both draw from one seed: turned by half, the resamples of one side are independent of the other's.
  const half = resamples / 2;
  const medians = above.map((value, i) => value / below[(i + half) % resamples]!);
  return {
    ratio: median(flatten(second)) / median(flatten(first)),
    ci95: intervals(medians, 0.95),
    ci99: intervals(medians, 0.99),
  };
}

/** Smallest effect that is told: below it, layout of code and memory decides more than the code itself. */
const leastEffect = 0.01;

/** What a ratio of times says of the first engine: by the 99 % interval, and an effect of at least 1 %. */
export function verdictOf({
  ratio,
  ci99: [low, high],
}: RatioEstimate): 'faster' | 'slower' | 'not distinguishable' {
  if (low > 1 && ratio >= 1 + leastEffect) return 'faster';
  if (high < 1 && 1 / ratio >= 1 + leastEffect) return 'slower';
  return 'not distinguishable';
}
