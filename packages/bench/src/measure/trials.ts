import { Model } from '@weightfold/runtime-native';
import { median, pairedRatio, verdictOf } from '../statistics.js';
import { setInputs } from './inputs.js';
import { interleave, type Schedule, type Timed } from './interleave.js';
import type { Verdict } from './schema.js';

/** What one trial found of two engines: how many times as fast the first is, and the verdict. */
export interface Trial {
  ratio: number;
  verdict: Verdict;
}

/**
 * Measures a model against itself, loaded twice, the second with a pause of `slowdown` times its median spun away in every run: 0 for
 * a trial whose verdict should be "not distinguishable", 0.05 for one that should find it. Everything is loaded anew, because where
 * weights and activations lie in memory is a part of the noise.
 */
export async function trial(file: string, slowdown: number, schedule: Schedule): Promise<Trial> {
  const models = [Model.load(file), Model.load(file)];
  try {
    for (const model of models) setInputs(model, undefined);
    const calibration = median(await spinning(models[0]!, 0).time(calibrationRuns));
    const engines = [spinning(models[0]!, 0), spinning(models[1]!, slowdown * calibration)];
    const [plain, other] = await interleave(engines, schedule);
    const estimate = pairedRatio(plain!.rounds, other!.rounds);
    return { ratio: estimate.ratio, verdict: verdictOf(estimate) };
  } finally {
    for (const model of models) model.dispose();
  }
}

const calibrationRuns = 300;

/** Both sides run this same code, so that looking at the clock costs both the same. */
function spinning(model: Model, spinNs: number): Timed {
  const spin = BigInt(Math.round(spinNs));
  return {
    time: async (runs) => {
      const ns = new Array<number>(runs);
      for (let i = 0; i < runs; i++) {
        const start = process.hrtime.bigint();
        model.invoke();
        const invoked = process.hrtime.bigint();
        let now = process.hrtime.bigint();
        while (now - invoked < spin) now = process.hrtime.bigint();
        ns[i] = Number(now - start);
      }
      return ns;
    },
  };
}
