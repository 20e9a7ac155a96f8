import { z } from 'zod';
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

/** A line of the journal: one call of the runner. Chunk −1 finds out how long a run takes. */
export interface Entry {
  job: number;
  chunk: number;
  answer: RunnerAnswer;
}

/** Runs a job on the board: so many rounds of so many runs, after so many ms of warming up. */
export type RunJob = (job: number, rounds: number, runs: number, warmMs: number) => Promise<RunnerAnswer>;

export interface Plan {
  jobs: number;
  runs?: number | undefined;
  minSeconds?: number | undefined;
  seed: number;
}

const usualChunks = 8;
/** A call of the runner costs some 0.3 s over ssh: it makes several rounds. */
const roundsInChunk = 5;
const roundMs = 10;
const warmMs = 200;

/**
 * Measures all jobs in chunks of rounds, in random order within each chunk, and skips what the journal has already. Returns the
 * answers of each job, in the order of the chunks.
 */
export async function measureRounds(
  plan: Plan,
  journal: Journal<Entry>,
  runJob: RunJob,
): Promise<RunnerAnswer[][]> {
  const { jobs, runs, minSeconds = 0, seed } = plan;
  const known = (job: number, chunk: number) =>
    journal.entries.find((entry) => entry.job === job && entry.chunk === chunk)?.answer;
  const measure = async (job: number, chunk: number, rounds: number, share: number) => {
    const answer = known(job, chunk) ?? (await runJob(job, rounds, share, warmMs));
    if (!known(job, chunk)) journal.add({ job, chunk, answer });
    return answer;
  };
  const shares: number[] = [];
  for (let job = 0; job < jobs; job++) {
    const { rounds } = await measure(job, -1, 3, 1);
    const ns = Math.max(1, median(rounds.flat()));
    shares.push(
      runs === undefined
        ? Math.min(1000, Math.max(1, Math.round((roundMs * 1e6) / ns)))
        : Math.ceil(runs / (usualChunks * roundsInChunk)),
    );
  }
  const answers = shares.map((): RunnerAnswer[] => []);
  const seconds = (job: number) =>
    answers[job]!.flatMap(({ rounds }) => rounds.flat()).reduce((sum, ns) => sum + ns, 0) / 1e9;
  const enough = () => shares.every((_, job) => seconds(job) >= minSeconds);
  for (let chunk = 0; chunk < usualChunks || !enough(); chunk++) {
    const next = randomInteger(seed * 100_003 + chunk);
    const order = shares.map((_, job) => ({ job, key: next(2 ** 30) })).sort((a, b) => a.key - b.key);
    for (const { job } of order) answers[job]!.push(await measure(job, chunk, roundsInChunk, shares[job]!));
  }
  return answers;
}
