import {
  flatten,
  medianDeviation,
  medianInterval,
  pairedRatio,
  quantile,
  type Rounds,
  verdictOf,
} from '../statistics.js';
import type { Samples } from './interleave.js';
import type { BenchRatio, BenchRow } from './schema.js';

export type Latency = Pick<
  BenchRow,
  | 'runs'
  | 'runsPerSample'
  | 'medianUs'
  | 'minUs'
  | 'p5Us'
  | 'p95Us'
  | 'p99Us'
  | 'madUs'
  | 'ci95Us'
  | 'trusted'
  | 'reasons'
>;

/** Wider than this part of the median, its interval is too vague to tell engines apart. */
const widestInterval = 0.05;

/** Figures of one engine's samples, in µs, and what in the samples themselves speaks against them. */
export function latencyOf({ rounds, runs, batch, steady }: Samples): Latency {
  const all = flatten(rounds).sort();
  const us = (q: number) => quantile(all, q) / 1000;
  const [low, high] = medianInterval(rounds);
  const width = (high - low) / (us(0.5) * 1000);
  const reasons = [
    steady ? null : 'it was still changing its speed after its warm-up',
    width > widestInterval
      ? `the 95 % interval of its median is ${(100 * width).toFixed(0)} % wide: more runs, or an idle machine`
      : null,
  ].filter((reason) => reason !== null);
  return {
    runs,
    runsPerSample: batch,
    medianUs: us(0.5),
    minUs: us(0),
    p5Us: us(0.05),
    p95Us: us(0.95),
    p99Us: us(0.99),
    madUs: medianDeviation(all) / 1000,
    ci95Us: [low / 1000, high / 1000],
    trusted: reasons.length === 0,
    reasons,
  };
}

/** How many times as fast the first engine is as each of the others, measured in the same rounds. */
export function ratiosOf(engines: readonly { name: string; rounds: Rounds }[]): Omit<BenchRatio, 'model'>[] {
  const [first, ...others] = engines;
  return others.map(({ name, rounds }) => {
    const estimate = pairedRatio(first!.rounds, rounds);
    return { engine: first!.name, versus: name, ...estimate, verdict: verdictOf(estimate) };
  });
}
