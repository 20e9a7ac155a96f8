import { expectHardware } from '@weightfold/base';
import { randomInteger } from '../random.js';
import { median, type Rounds } from '../statistics.js';
import { batchFor, runsIn, samplingFor, sum, thinned, type Wanted } from './sampling.js';

/** Something that can be timed. */
export interface Timed {
  /** Nanoseconds of an inference in each of so many samples: the mean of `batch` in a row. */
  time(samples: number, batch: number): Promise<number[]>;
}

export interface Schedule extends Wanted {
  /** Of the order in each round. */
  seed?: number;
  /** Called between rounds with the part that is done. */
  onRound?: (part: number) => void;
  /** Ends it soon after it is aborted, by throwing its reason. */
  signal?: AbortSignal | undefined;
}

export interface Samples {
  /** Those that were kept: all of them, or some 40,000, evenly spaced. */
  rounds: Rounds;
  /** Measured inferences. */
  runs: number;
  /** Inferences in a row that one sample is the mean of: several where a single one is too short for a clock. */
  batch: number;
  /** False when the engine was still changing its speed after the longest warm-up. */
  steady: boolean;
}

/**
 * Times engines in alternation. After each has been warmed up, every round gives each of them its share of the runs, in an
 * order drawn anew: a slow spell of the machine meets all of them, and none always follows the same other one. Returns the
 * samples in the order of the engines.
 * @throws WeightfoldError EMULATED on an emulator
 */
export async function interleave(engines: readonly Timed[], schedule: Schedule = {}): Promise<Samples[]> {
  expectHardware();
  const { minSeconds = 0, seed = 1, onRound = () => {}, signal } = schedule;
  const warm: Warmth[] = [];
  for (const engine of engines) warm.push(await warmUp(engine, signal));
  const { rounds, share, kept } = samplingFor(schedule);
  const batches = warm.map(({ ns }) => batchFor(ns));
  const shares = warm.map(({ ns }, i) => Math.ceil(share(ns) / batches[i]!)); // in samples
  const samples: number[][][] = engines.map(() => []); // by engine and round
  const spent = engines.map(() => 0);
  const next = randomInteger(seed);
  let round = 0;
  for (; round < rounds || Math.min(...spent) < minSeconds * 1e9; round++) {
    signal?.throwIfAborted();
    for (const at of shuffled(engines.length, next)) {
      const ns = await engines[at]!.time(shares[at]!, batches[at]!);
      samples[at]!.push(thinned(ns, kept));
      spent[at]! += sum(ns) * batches[at]!;
    }
    const partOfTime = minSeconds > 0 ? Math.min(...spent) / (minSeconds * 1e9) : 1;
    onRound(Math.min(1, (round + 1) / rounds, partOfTime));
  }
  return samples.map((own, i) => {
    const batch = batches[i]!;
    return { rounds: own, runs: round * shares[i]! * batch, batch, steady: warm[i]!.steady };
  });
}

/** 0 to n − 1 in random order (Fisher and Yates). */
function shuffled(n: number, next: (n: number) => number): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = next(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

interface Warmth {
  /** Nanoseconds of one run at the end. */
  ns: number;
  steady: boolean;
}

const portionMs = 5;
/** Portions before and after which are compared. */
const compared = 3;
const steadyChange = 0.02;
const mostWarmUpMs = 2000;

/** Whether an engine that took so long earlier, and so long later, is past its warm-up. */
export const isSteady = (earlyNs: number, lateNs: number): boolean =>
  Math.abs(lateNs / earlyNs - 1) <= steadyChange;

/** Runs until three portions in a row are as fast as the three before them, to within 2 %, or for two seconds. */
async function warmUp(engine: Timed, signal: AbortSignal | undefined): Promise<Warmth> {
  const [first] = await engine.time(1, 1);
  let ns = first!;
  const medians: number[] = [];
  for (const end = performance.now() + mostWarmUpMs; performance.now() < end; ) {
    signal?.throwIfAborted();
    const batch = batchFor(ns);
    medians.push(median(await engine.time(runsIn(portionMs, ns * batch), batch)));
    ns = medians.at(-1)!;
    if (medians.length < 2 * compared) continue;
    const late = median(medians.slice(-compared));
    const early = median(medians.slice(-2 * compared, -compared));
    if (isSteady(early, late)) return { ns: late, steady: true };
  }
  return { ns, steady: false };
}
