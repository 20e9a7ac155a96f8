import fs from 'node:fs';
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
    const result = runOurs(model, noise(inputBytes(model), 11));
    model.dispose();
    return result;
  } catch (error) {
    if (error instanceof UnsupportedError) return null;
    throw error;
  }
}

const { available } = nativeInfo();

/** Large networks take seconds in scalar kernels. */
const isSmall = (file: string) => fs.statSync(path.join(data, file)).size < 2 ** 18;

it.each(available)('%s: every number of threads gives the same bytes', needing('data'), (isa) => {
  let compared = 0;
  for (const file of realModels.filter((one) => isa === available.at(-1) || isSmall(one))) {
    const one = outputs(file, isa, 1);
    if (one === null) continue;
    compared++;
    expect.soft(outputs(file, isa, 3), file).toEqual(one);
  }
  expect(compared).toBeGreaterThanOrEqual(20);
});
