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
    if (options.host !== undefined) return onBoard(options.host, common, options);
    const { benchModels } = await import('@weightfold/bench/measure');
    const { against = [], threads, soak, pack, profile = false } = options;
    return benchModels({
      ...common,
      against,
      threads,
      pack,
      profile,
      onRound: (model, part) => progress.show(`${model}, %`, Math.round(100 * part), 100),
      onSoak: (model, part) => progress.show(`soak of ${model}, %`, Math.round(100 * part), 100),
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
  common: Pick<BoardOptions, 'models' | 'seed' | 'onProgress'>,
  { threads, boardDir, fresh }: BenchOptions,
): Promise<BenchResult> {
  const { benchOnBoard } = await import('@weightfold/bench/board');
  return benchOnBoard({ ...common, host, threads, fresh: fresh === true, ...(boardDir ? { boardDir } : {}) });
}
