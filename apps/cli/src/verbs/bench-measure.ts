import type { BoardOptions } from '@weightfold/bench/board';
import type { BenchResult } from '@weightfold/bench/measure';
import type { Session } from '../session.js';
import { SlowProgress } from '../slow-progress.js';
import type { BenchOptions } from './bench.js';

/** Measures on this machine, or with --host on a board. */
export async function measure(
  session: Session,
  models: string[],
  options: BenchOptions,
): Promise<BenchResult> {
  return SlowProgress.during(session, async (progress) => {
    const common = await commonOptions(models, options, progress);
    const onRound = (what: string, part: number) => progress.show(`${what}, %`, Math.round(100 * part), 100);
    if (options.host !== undefined) return onBoard(options.host, { ...common, onRound }, options);
    const { benchModels } = await import('@weightfold/bench/measure');
    const { against = [], threads, soak, pack, profile = false } = options;
    return benchModels({
      ...common,
      against,
      threads,
      pack,
      profile,
      onRound,
      onSoak: (model, part) => onRound(`soak of ${model}`, part),
      ...(soak === undefined ? {} : { soakSeconds: soak }),
    });
  });
}

async function commonOptions(models: string[], options: BenchOptions, progress: SlowProgress) {
  const { cpuList } = await import('@weightfold/bench/pin');
  const { runs, minSecs, seed, input, pin } = options;
  return {
    models,
    seed,
    onProgress: (message: string) => progress.note(message),
    ...(runs === undefined ? {} : { runs }),
    ...(minSecs === undefined ? {} : { minSeconds: minSecs }),
    ...(input === undefined ? {} : { input }),
    ...(pin === undefined ? {} : { pin: cpuList(pin) }),
  };
}

async function onBoard(
  host: string,
  common: Pick<BoardOptions, 'models' | 'seed' | 'onProgress' | 'onRound'>,
  { threads, boardDir, fresh }: BenchOptions,
): Promise<BenchResult> {
  const { benchOnBoard } = await import('@weightfold/bench/board');
  return benchOnBoard({ ...common, host, threads, fresh: fresh === true, ...(boardDir ? { boardDir } : {}) });
}
