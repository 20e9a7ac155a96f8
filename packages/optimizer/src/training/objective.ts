import type { Objective } from '../config.js';
import { crossEntropy, meanSquaredError } from '../ops.js';
import { type Tensor, tf } from '../tf.js';
import type { Batch } from './batches.js';

/** Loss of a batch's outputs: cross-entropy of logits against the labels, or the mean squared error against the examples. */
export function taskLoss(objective: Objective, outputs: Tensor, { x, labels }: Batch): Tensor {
  return objective === 'classification' ? crossEntropy(outputs, labels) : meanSquaredError(outputs, x);
}

/** Part of a batch whose label has the largest logit, a scalar. */
export function partRight(logits: Tensor, { labels }: Batch): Tensor {
  return tf.equal(tf.argMax(logits, 1), labels).toFloat().mean();
}
