import path from 'node:path';
import { UnsupportedError } from '@weightfold/base';
import { data, needing, noise, realModels } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { Model, nativeInfo } from './index.js';
import { inputBytes, runOurs } from './test-support/run.js';

/** Outputs of a model for noise, or null when it has an op without a kernel. */
function outputs(file: string, isa: string, threads: number): Buffer | null {
  try {
    const model = Model.load(path.join(data, file), { isa, threads });
    const examples = model.arenaBytes > 2 ** 20 ? 1 : 4;
    const result = runOurs(model, noise(examples * inputBytes(model), 11));
    model.dispose();
    return result;
  } catch (error) {
    if (error instanceof UnsupportedError) return null;
    throw error;
  }
}

it.each(nativeInfo().available)(
  '%s: every number of threads gives the same bytes',
  needing('data'),
  (isa) => {
    let compared = 0;
    for (const file of realModels) {
      const one = outputs(file, isa, 1);
      if (one === null) continue;
      compared++;
      for (const threads of [2, 5])
        expect.soft(outputs(file, isa, threads), `${file}, ${threads}`).toEqual(one);
    }
    expect(compared).toBeGreaterThanOrEqual(24);
  },
);
