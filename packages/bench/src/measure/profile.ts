import fs from 'node:fs';
import { namingFile } from '@weightfold/base';
import { Model } from '@weightfold/runtime-native';
import { setInputs } from './inputs.js';
import type { BenchProfile } from './schema.js';

/** How often a model runs for the times of its ops; each op's median is told. */
export const profileRuns = 100;

/** What each op of a model takes, and how much memory they need. */
export type Profile = Omit<BenchProfile, 'model' | 'engine'>;

/** Times every op on what stands in the model's inputs. @throws as Model.profile does */
export function profileModel(model: Model): Profile {
  const ops = model.profile(profileRuns);
  const { threads, arenaBytes: arena, liveBytes: live, stateBytes: state, scratchBytes: scratch } = model;
  const memory = { arena, live, state, scratch, packed: model.packedBytes };
  const totalUs = ops.reduce((sum, { us }) => sum + us, 0);
  return { runs: profileRuns, threads, totalUs, memory, ops };
}

/**
 * What each op of a model takes in our runtime, on the same input as `benchModels`.
 * @throws UsageError when the input does not fit
 */
export function profileFile(file: string, threads: number, input: string | undefined): BenchProfile {
  const bytes = new Uint8Array(fs.readFileSync(file));
  const model = namingFile(file, () => Model.load(bytes, { threads }));
  try {
    setInputs(model, input);
    return { model: file, engine: `weightfold-${model.isa}`, ...profileModel(model) };
  } finally {
    model.dispose();
  }
}
