import { timesRefused } from '@weightfold/base';
import type { Measured } from './bench-models.js';
import type { BenchResult } from './schema.js';

/** No figure of an emulator is told, for any engine on any model. */
export function refusal(
  models: readonly string[],
  against: readonly string[],
  emulated: string,
): Measured & Pick<BenchResult, 'absent'> {
  const reason = timesRefused(emulated);
  const refused = models.flatMap((model) =>
    ['weightfold', ...against].map((engine) => ({ model, engine, reason })),
  );
  return { results: [], ratios: [], samples: [], refused, soak: [], absent: [] };
}
