import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Dataset, loadDataset, loadNpyPair, takeExamples } from '@weightfold/datasets';
import { data, needing } from '@weightfold/test-support';
import { describe, it } from 'vitest';

/** Real data for tests; see CONTRIBUTING.md. */
export { data as shared };

const { skip } = needing('data');
export const itOnData = it.skipIf(skip);
export const describeOnData = describe.skipIf(skip);

/** Fashion-MNIST cut to a few examples. */
export async function smallFashion(train = 600, test = 200): Promise<Dataset> {
  process.env.WEIGHTFOLD_DATA ??= data;
  const dataset = await loadDataset('fashion-mnist');
  return { ...dataset, train: takeExamples(dataset.train, train), test: takeExamples(dataset.test, test) };
}

/** Spoken digits as 49×10 MFCC features. */
export function digits(): Dataset {
  const split = (part: string) => {
    const loaded = loadNpyPair(...(['x_f32', 'y'].map((p) => digitsFile(part, p)) as [string, string]));
    return { ...loaded, shape: [49, 10, 1] };
  };
  const provenance = { source: data, licence: 'CC BY-SA 4.0', files: [] };
  return { name: 'fsdd', classes: 10, train: split('train'), test: split('test'), provenance };
}

const digitsFile = (part: string, what: string) => path.join(data, 'fsdd', `fsdd_${part}_${what}.npy`);

export const scratch = () => fs.mkdtempSync(path.join(os.tmpdir(), 'weightfold-optimizer-'));

/** All four stages in a few seconds. DS-CNN has a third of MobileNet's layers and learns in a few steps. */
export const smallConfig = {
  schemaVersion: 1,
  model: { name: 'ds-cnn', size: 'S', dropout: 0.1, firstDropout: 0 },
  batchSize: 20,
  recipe: 'pcqat',
  baseTraining: { epochs: 1, learningRate: 2e-3 },
  fineTuning: { epochs: 1, examples: 400, learningRate: 1e-3 },
  calibrationExamples: 100,
  momentBatches: 5,
  checkpointSteps: 7,
};
