import { sharesOf } from '../context/usage.js';
import type { Measured } from '../measure/bench-models.js';
import { sum } from '../measure/sampling.js';
import type { BenchContext, BenchResult } from '../measure/schema.js';
import { latencyOf, ratiosOf } from '../measure/summarize.js';
import type { BoardJob } from './jobs.js';
import { type Entry, wasSteady } from './rounds.js';
import type { Subject } from './subjects.js';

/** What measuring on a board gives beside its circumstances. */
export type BoardMeasured = Measured & {
  absent: BenchResult['absent'];
  profiles?: BenchResult['profiles'];
  /** What else the CPUs did while engines ran. */
  usage?: Pick<BenchContext, 'othersCpus' | 'stolen'>;
};

/** Rows, samples and ratios of what was measured: the entries of each subject. */
export function figures(
  subjects: readonly Subject[],
  entries: readonly Entry[][],
  threads: number,
): Pick<Measured, 'results' | 'samples' | 'ratios'> {
  const measured = subjects.map(({ job, isOurs }, i) => {
    const own = entries[i]!;
    const { engine } = own[0]!.answer;
    return { job, isOurs, own, engine, rounds: own.flatMap(({ answer }) => answer.rounds) };
  });
  const ratios = measured
    .filter(({ isOurs }) => isOurs)
    .flatMap(({ job, engine, rounds }) => {
      const rivals = measured.filter((other) => !other.isOurs && other.job === job);
      const named = [
        { name: engine, rounds },
        ...rivals.map((one) => ({ name: one.engine, rounds: one.rounds })),
      ];
      return ratiosOf(named).map((ratio) => ({ model: job.model, ...ratio }));
    });
  return {
    results: measured.map(({ job, own }) => rowOf(job, own, threads)),
    samples: measured.map(({ job, engine, rounds }) => ({ model: job.model, engine, rounds })),
    ratios,
  };
}

/** Load time, first inference and peak memory are those of the first process. */
function rowOf(
  { model, fileBytes, wfzBytes }: BoardJob,
  own: readonly Entry[],
  threads: number,
): BenchResult['results'][number] {
  const [{ answer, batch }] = own as [Entry];
  const rounds = own.flatMap((entry) => entry.answer.rounds);
  const runs = sum(own.map((entry) => entry.runs));
  return {
    model,
    engine: answer.engine,
    version: answer.version,
    threads,
    loadMs: answer.loadNs / 1e6,
    firstUs: answer.firstNs / 1e3,
    peakRssBytes: answer.peakRssBytes,
    arenaBytes: answer.arenaBytes,
    fileBytes,
    wfzBytes,
    ...latencyOf({ rounds, runs, batch, steady: wasSteady(own) }),
  };
}

/**
 * What the CPUs did beside the engines while these ran, which the circumstances at the beginning and at the end do not tell: the board may
 * have been started anew between them.
 */
export function usageOf(entries: readonly Entry[]): Pick<BenchContext, 'othersCpus' | 'stolen'> {
  const known = entries.filter(({ span }) => span !== null);
  if (known.length === 0) return { othersCpus: null, stolen: null };
  const total = (of: (span: NonNullable<Entry['span']>) => number) => sum(known.map(({ span }) => of(span!)));
  const spent = { busy: total(({ busy }) => busy), stolen: total(({ stolen }) => stolen) };
  const own = sum(known.map(({ answer }) => answer.cpuNs)) / 1e9;
  return sharesOf(
    spent,
    own,
    total(({ seconds }) => seconds),
  );
}
