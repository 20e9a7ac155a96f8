import { checkDataset, checkPath, knownExamples } from '@weightfold/datasets';
import type { RunConfig } from './config.js';
import { buildGraph } from './graph/models.js';
import { resolveStages } from './recipes.js';
import { checkReach } from './run/least-bytes.js';

/**
 * Checks what a configuration names, without loading it: that the data set is known, that all files are there, and that a target of bytes is
 * within reach of the network, where the shape of the examples is known.
 * @throws UsageError that names the setting
 */
export function checkInputs(config: RunConfig): void {
  const { dataset, model, baseWeights } = config;
  checkDataset(dataset);
  if (baseWeights !== null) checkPath('baseWeights', baseWeights);
  if (model.name === 'imported') {
    checkPath('model.file', model.file);
    if (model.weights !== null) checkPath('model.weights', model.weights);
  } else if (model.name !== 'own') {
    const known = knownExamples(dataset);
    if (known) checkReach(resolveStages(config), buildGraph(model, known.shape, known.classes));
  }
}
