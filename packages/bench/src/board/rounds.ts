import { z } from 'zod';
import { samplingFor, sum, thinned, type Wanted } from '../measure/sampling.js';
import { randomInteger } from '../random.js';
import { median } from '../statistics.js';
import { BoardError } from './errors.js';
import type { Journal } from './journal.js';

const count = z.number().int().nonnegative();
const answerSchema = z.object({
  isa: z.string(),
  loadNs: count,
  firstNs: count,
  peakRssBytes: count,
  arenaBytes: count,
  packedBytes: count,
  scratchBytes: count,
  rounds: z.array(z.array(count).min(1)).min(1),
});

/** What `weightfold-runner bench` prints; `rounds`: nanoseconds of each run, by round. */
export type RunnerAnswer = z.infer<typeof answerSchema>;

/** @throws BoardError when the text is not what the runner prints */
export function parseAnswer(text: string, host: string): RunnerAnswer {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new BoardError(`${host}: expected the runner's samples but received ${text.slice(0, 80)}`, {
      code: 'BOARD_FAILED',
      where: host,
      cause,
    });
  }
}

/** Journals of other versions are left alone. */
export const entryFormat = 2;

/** A line of the journal: one call of the runner, with the samples of its rounds that are kept. Chunk −1 finds out how long a run takes. */
export interface Entry {
  job: number;
  chunk: number;
  answer: RunnerAnswer;
  /** Measured inferences, and the nanoseconds of all of them. */
  runs: number;
  ns: number;
}

/** Runs a job on the board: so many rounds of so many runs, after so many ms of warming up. */
export type RunJob = (job: number, rounds: number, runs: number, warmMs: number) => Promise<RunnerAnswer>;

export interface Plan extends Wanted {
  jobs: number;
  seed: number;
  /** Called after each chunk with the part that is done. */
  onPart?: (part: number) => void;
}

/** A call of the runner costs some 0.3 s over ssh: it makes several rounds. */
const roundsInChunk = 5;
const warmMs = 200;

/**
 * Measures all jobs in chunks of rounds, in random order within each chunk, and skips what the journal has already. Returns the
 * entries of each job, in the order of the chunks.
 */
export async function measureRounds(plan: Plan, journal: Journal<Entry>, runJob: RunJob): Promise<Entry[][]> {
  const { jobs, minSeconds = 0, seed, onPart = () => {} } = plan;
  const sampling = samplingFor(plan);
  const measure = async (job: number, chunk: number, rounds: number, share: number) => {
    const known = journal.entries.find((entry) => entry.job === job && entry.chunk === chunk);
    if (known) return known;
    const entry = entryOf(job, chunk, await runJob(job, rounds, share, warmMs), sampling.kept);
    journal.add(entry);
    return entry;
  };
  const shares: number[] = [];
  for (let job = 0; job < jobs; job++) {
    const { answer } = await measure(job, -1, 3, 1);
    shares.push(sampling.share(median(answer.rounds.flat())));
  }
  const entries = shares.map((): Entry[] => []);
  const seconds = (own: Entry[]) => sum(own.map(({ ns }) => ns)) / 1e9;
  const partOfTime = () => (minSeconds > 0 ? Math.min(...entries.map(seconds)) / minSeconds : 1);
  for (let chunk = 0; chunk * roundsInChunk < sampling.rounds || partOfTime() < 1; chunk++) {
    const next = randomInteger(seed * 100_003 + chunk);
    const order = shares.map((_, job) => ({ job, key: next(2 ** 30) })).sort((a, b) => a.key - b.key);
    for (const { job } of order) entries[job]!.push(await measure(job, chunk, roundsInChunk, shares[job]!));
    onPart(Math.min(1, ((chunk + 1) * roundsInChunk) / sampling.rounds, partOfTime()));
  }
  return entries;
}

function entryOf(job: number, chunk: number, answer: RunnerAnswer, kept: number): Entry {
  const all = answer.rounds.flat();
  const rounds = answer.rounds.map((round) => thinned(round, kept));
  return { job, chunk, answer: { ...answer, rounds }, runs: all.length, ns: sum(all) };
}
