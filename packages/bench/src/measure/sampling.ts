export interface Wanted {
  /** Inferences of each engine, at least; as many as 40 rounds of 10 ms take when neither this nor minSeconds is given. */
  runs?: number | undefined;
  /** Measured seconds of each engine, at least. */
  minSeconds?: number | undefined;
}

/** How an engine is measured. */
export interface Sampling {
  rounds: number;
  /** Runs of a round for an engine whose run takes so many nanoseconds. */
  share: (ns: number) => number;
  /** Samples that are kept of a round. */
  kept: number;
}

const usualRounds = 40;
/** Intervals of fewer rounds than this would say nothing. */
const leastRounds = 10;
/** More rounds do not make intervals narrower than longer ones do: beyond this many, rounds become longer. */
const mostRounds = 400;
const roundMs = 10;
/** Of an engine: a bootstrap passes over all of them thousands of times, and the document holds them. */
const mostSamples = 40_000;

/** Rounds, runs and samples for what was asked for. Both bounds hold when both are given. */
export function samplingFor({ runs, minSeconds = 0 }: Wanted): Sampling {
  const ms = minSeconds * 1000;
  const usual = Math.min(usualRounds, Math.max(leastRounds, runs ?? usualRounds));
  const rounds = Math.min(mostRounds, Math.max(usual, Math.ceil(ms / roundMs)));
  const forRuns = runs === undefined ? 1 : Math.ceil(runs / rounds);
  const forTime = runs === undefined || ms > 0 ? Math.max(roundMs, ms / rounds) : 0;
  return {
    rounds,
    share: (ns) => Math.max(forRuns, runsIn(forTime, ns)),
    kept: Math.floor(mostSamples / rounds),
  };
}

/** No run of an engine takes less, whatever a clock says. */
const leastNs = 10;

/** How many runs take so long, at least one. */
export const runsIn = (ms: number, ns: number): number =>
  Math.max(1, Math.round((ms * 1e6) / Math.max(leastNs, ns)));

/** At most so many of the samples, evenly spaced in time: quantiles of them are estimates of those of all. */
export function thinned(samples: number[], most: number): number[] {
  if (samples.length <= most) return samples;
  return Array.from({ length: most }, (_, i) => samples[Math.floor(((i + 0.5) * samples.length) / most)]!);
}

/** A look at the clock takes up to 100 ns, and it may count in steps of 10 ns: beside a sample this long, both are small. */
const leastSampleNs = 5000;

/** How many runs in a row make one sample of an engine whose run takes so many nanoseconds: one, where that can be timed by itself. */
export const batchFor = (ns: number): number =>
  Math.ceil(leastSampleNs / Math.max(1, Math.min(leastSampleNs, ns)));

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
