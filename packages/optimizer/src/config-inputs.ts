import { checkDataset, checkPath } from '@weightfold/datasets';
import type { RunConfig } from './config.js';

/**
 * Checks what a configuration names, without loading it: that the data set is known, and that all files are there.
 * @throws UsageError that names the setting
 */
export function checkInputs({ dataset, model, baseWeights }: RunConfig): void {
  checkDataset(dataset);
  if (baseWeights !== null) checkPath('baseWeights', baseWeights);
  if (model.name !== 'imported') return;
  checkPath('model.file', model.file);
  if (model.weights !== null) checkPath('model.weights', model.weights);
}
