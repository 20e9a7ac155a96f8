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
    return benchModels(common);
  });
}

async function commonOptions(models: string[], options: BenchOptions, progress: SlowProgress) {
  const { cpuList } = await import('@weightfold/bench/pin');
  const { against = [], threads, runs, minSecs, seed, input, pin, soak, pack, profile = false } = options;
  const onRound = (what: string, part: number) => progress.show(`${what}, %`, Math.round(100 * part), 100);
  return {
    models,
    against,
    threads,
    seed,
    pack,
    profile,
    onRound,
    onSoak: (model: string, part: number) => onRound(`soak of ${model}`, part),
    onProgress: (message: string) => progress.note(message),
    ...(runs === undefined ? {} : { runs }),
    ...(minSecs === undefined ? {} : { minSeconds: minSecs }),
    ...(input === undefined ? {} : { input }),
    ...(pin === undefined ? {} : { pin: cpuList(pin) }),
    ...(soak === undefined ? {} : { soakSeconds: soak }),
  };
}

async function onBoard(
  host: string,
  common: Omit<BoardOptions, 'host' | 'fresh' | 'boardDir'>,
  { boardDir, fresh }: BenchOptions,
): Promise<BenchResult> {
  const { benchOnBoard } = await import('@weightfold/bench/board');
  return benchOnBoard({ ...common, host, fresh: fresh === true, ...(boardDir ? { boardDir } : {}) });
}
