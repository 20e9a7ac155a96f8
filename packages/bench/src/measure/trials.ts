import fs from 'node:fs';
import type { Model } from '@weightfold/runtime-native';
import { median, pairedRatio, verdictOf } from '../statistics.js';
import { loadCopies, timedModels } from './engines.js';
import { setInputs } from './inputs.js';
import { interleave, type Schedule } from './interleave.js';
import type { Verdict } from './schema.js';

/** What one trial found of two engines: how many times as fast the first is, and the verdict. */
export interface Trial {
  ratio: number;
  verdict: Verdict;
}

/**
 * Measures a model against itself, loaded anew on both sides, the second with a pause of `slowdown` times its median spun away in
 * every run: 0 for a trial whose verdict should be "not distinguishable", 0.05 for one that should find it.
 */
export async function trial(file: string, slowdown: number, schedule: Schedule): Promise<Trial> {
  const bytes = new Uint8Array(fs.readFileSync(file));
  const sides = [0, 1].map(() => loadCopies(bytes, 1, (model) => setInputs(model, undefined)));
  try {
    const calibration = median(await timedModels(spinning(sides[0]!, 0)).time(calibrationRuns, 1));
    const engines = [0, slowdown * calibration].map((spin, i) => timedModels(spinning(sides[i]!, spin)));
    const [plain, other] = await interleave(engines, schedule);
    const estimate = pairedRatio(plain!.rounds, other!.rounds);
    return { ratio: estimate.ratio, verdict: verdictOf(estimate) };
  } finally {
    for (const model of sides.flat()) model.dispose();
  }
}

const calibrationRuns = 300;

/** Both sides run this same code, so that looking at the clock costs both the same. */
function spinning(models: Model[], spinNs: number): { invoke(): void }[] {
  const spin = BigInt(Math.round(spinNs));
  return models.map((model) => ({
    invoke: () => {
      model.invoke();
      const invoked = process.hrtime.bigint();
      while (process.hrtime.bigint() - invoked < spin);
    },
  }));
}
