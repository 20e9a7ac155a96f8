import { UsageError } from '@weightfold/base';
import type { BoardOptions } from '@weightfold/bench/board';
import type { BenchResult } from '@weightfold/bench/measure';
import type { Session } from '../session.js';
import type { BenchOptions } from './bench.js';

/** Measures on this machine, or with --host on a board. @throws UsageError for options that do not go together */
export async function measure(
  session: Session,
  models: string[],
  options: BenchOptions,
): Promise<BenchResult> {
  const { cpuList } = await import('@weightfold/bench/pin');
  const { threads, runs, minSecs, seed, input, pin, host } = options;
  const common = {
    models,
    seed,
    onProgress: (message: string) => session.note(message),
    ...(runs === undefined ? {} : { runs }),
    ...(minSecs === undefined ? {} : { minSeconds: minSecs }),
    ...(input === undefined ? {} : { input }),
    ...(pin === undefined ? {} : { pin: cpuList(pin) }),
  };
  if (host !== undefined) return onBoard(host, common, options);
  const { benchModels } = await import('@weightfold/bench/measure');
  const { against = [], soak, pack } = options;
  const soakSeconds = soak === undefined ? {} : { soakSeconds: soak };
  return benchModels({ ...common, against, threads, pack, ...soakSeconds });
}

async function onBoard(
  host: string,
  common: Pick<BoardOptions, 'models' | 'seed' | 'onProgress'>,
  { against, soak, profile, threads, boardDir, fresh }: BenchOptions,
): Promise<BenchResult> {
  const only = { '--against': against, '--soak': soak, '--profile': profile };
  const [unfit] = Object.entries(only).find(([, value]) => value !== undefined) ?? [];
  if (unfit !== undefined) {
    throw new UsageError(`${unfit} cannot be given with --host`, {
      where: unfit,
      hint: 'On a board our runtime is measured alone.',
    });
  }
  const { benchOnBoard } = await import('@weightfold/bench/board');
  return benchOnBoard({ ...common, host, threads, fresh: fresh === true, ...(boardDir ? { boardDir } : {}) });
}
