import { type Dataset, selectExamples } from '@weightfold/datasets';
import type { RunConfig } from '../config.js';
import { permutation, randomFor } from '../random.js';

/** Where a drop is to be measured and neither configuration nor data set say on what. */
const defaultPart = 0.1;

/**
 * The data set with the validation examples of a configuration: a part of the training examples, chosen by the seed, that training does not see
 * any more. A data set that has some of its own keeps them unless a part is asked for.
 * @param measured whether a stage is judged by them, so that there must be some
 */
export function withValidation(
  dataset: Dataset,
  { validation, seed }: Pick<RunConfig, 'validation' | 'seed'>,
  measured: boolean,
): Dataset {
  const part = validation ?? (measured && !dataset.validation ? defaultPart : null);
  if (part === null) return dataset;
  const { train } = dataset;
  const order = permutation(train.count, randomFor(seed, 'validation'));
  const kept = Math.min(train.count - 1, Math.max(1, Math.round(part * train.count)));
  return {
    ...dataset,
    train: selectExamples(train, order.subarray(kept).sort()),
    validation: selectExamples(train, order.subarray(0, kept).sort()),
  };
}
