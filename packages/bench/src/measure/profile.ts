import fs from 'node:fs';
import { namingFile } from '@weightfold/base';
import { loadModel } from '@weightfold/runtime-native';
import { setInputs } from './inputs.js';
import type { BenchProfile } from './schema.js';

/** How often a model runs for the times of its ops; each op's median is told. */
const profileRuns = 100;

/**
 * What each op of a model takes in our runtime, on the same input as `benchModels`.
 * @throws UsageError when the input does not fit
 */
export function profileFile(file: string, threads: number, input: string | undefined): BenchProfile {
  const bytes = new Uint8Array(fs.readFileSync(file));
  const model = namingFile(file, () => loadModel(bytes, { threads }));
  try {
    setInputs(model, input);
    const ops = model.profile(profileRuns);
    const totalUs = ops.reduce((sum, { us }) => sum + us, 0);
    return { model: file, engine: `weightfold-${model.isa}`, runs: profileRuns, threads, totalUs, ops };
  } finally {
    model.dispose();
  }
}
