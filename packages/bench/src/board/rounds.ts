import { isSteady } from '../measure/interleave.js';
import { batchFor, samplingFor, sum, thinned, type Wanted } from '../measure/sampling.js';
import { randomInteger } from '../random.js';
import { median } from '../statistics.js';
import type { Answer, Span } from './answers.js';
import type { Journal } from './journal.js';
import type { Request } from './subjects.js';

/** Journals of other versions are left alone. */
export const entryFormat = 3;

/** A line of the journal: one call of an engine, with the samples of its rounds that are kept. Chunks below 0 find out how long a run takes. */
export interface Entry {
  subject: number;
  chunk: number;
  answer: Answer;
  batch: number;
  /** Measured inferences, and the nanoseconds of all of them. */
  runs: number;
  ns: number;
  span: Span;
}

/** Runs an engine on the board. */
export type RunSubject = (subject: number, request: Request) => Promise<{ answer: Answer; span: Span }>;

export interface Plan extends Wanted {
  /** How many engines on how many models there are in all. */
  subjects: number;
  seed: number;
  /** Called after each chunk with the part that is done. */
  onPart?: (part: number) => void;
}

/** A call takes some 0.3 s over ssh: it makes several rounds. */
const roundsInChunk = 5;
const warmMs = 200;

/**
 * Measures all subjects in chunks of rounds, in random order within each chunk, and skips what the journal has already. Returns the
 * entries of each subject, in the order of the chunks.
 */
export async function measureRounds(
  plan: Plan,
  journal: Journal<Entry>,
  run: RunSubject,
): Promise<Entry[][]> {
  const { subjects, minSeconds = 0, seed, onPart = () => {} } = plan;
  const sampling = samplingFor(plan);
  const measure = async (subject: number, chunk: number, request: Omit<Request, 'warmMs'>) => {
    const known = journal.entries.find((entry) => entry.subject === subject && entry.chunk === chunk);
    if (known) return known;
    const { answer, span } = await run(subject, { ...request, warmMs });
    const entry = { subject, chunk, ...entryOf(answer, request.batch, sampling.kept), span };
    journal.add(entry);
    return entry;
  };
  const requests: Omit<Request, 'warmMs'>[] = [];
  for (let subject = 0; subject < subjects; subject++) {
    const { ns, batch } = await calibrate((chunk, request) => measure(subject, chunk, request));
    const samples = Math.ceil(sampling.share(ns) / batch);
    requests.push({ rounds: roundsInChunk, samples, batch, ns });
  }
  const entries = requests.map((): Entry[] => []);
  const seconds = (own: Entry[]) => sum(own.map(({ ns }) => ns)) / 1e9;
  const partOfTime = () => (minSeconds > 0 ? Math.min(...entries.map(seconds)) / minSeconds : 1);
  for (let chunk = 0; chunk * roundsInChunk < sampling.rounds || partOfTime() < 1; chunk++) {
    const next = randomInteger(seed * 100_003 + chunk);
    const keyed = requests.map((request, subject) => ({ request, subject, key: next(2 ** 30) }));
    for (const { request, subject } of keyed.sort((a, b) => a.key - b.key))
      entries[subject]!.push(await measure(subject, chunk, request));
    onPart(Math.min(1, ((chunk + 1) * roundsInChunk) / sampling.rounds, partOfTime()));
  }
  return entries;
}

/** How long a run takes, and how many make a sample: a single short one says more of the clock than of itself. */
async function calibrate(
  measure: (chunk: number, request: Omit<Request, 'warmMs'>) => Promise<Entry>,
): Promise<{ ns: number; batch: number }> {
  const first = await measure(-1, { rounds: 3, samples: 1, batch: 1, ns: null });
  let ns = median(first.answer.rounds.flat());
  if (batchFor(ns) === 1) return { ns, batch: 1 };
  const second = await measure(-2, { rounds: 3, samples: 20, batch: batchFor(ns), ns });
  ns = median(second.answer.rounds.flat());
  return { ns, batch: batchFor(ns) };
}

function entryOf(
  answer: Answer,
  batch: number,
  kept: number,
): Pick<Entry, 'answer' | 'batch' | 'runs' | 'ns'> {
  const all = answer.rounds.flat();
  const rounds = answer.rounds.map((round) => thinned(round, kept));
  return { answer: { ...answer, rounds }, batch, runs: all.length * batch, ns: sum(all) * batch };
}

/** Rounds at the beginning and at the end of a chunk that are compared. */
const compared = 2;

/** Whether processes of an engine had ended their warm-up when they were measured: no faster or slower at the end of a chunk than at its beginning. */
export function wasSteady(chunks: readonly Entry[]): boolean {
  const changes = chunks.map(({ answer: { rounds } }) => {
    const [early, late] = [rounds.slice(0, compared), rounds.slice(-compared)];
    return median(late.flat()) / median(early.flat());
  });
  return isSteady(1, median(changes));
}
