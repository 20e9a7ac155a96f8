import type { SizeClass } from './size-class.js';

/** What the .wfz must be of the smallest rival, as a geometric mean over a class. */
export interface SizeGoal {
  /** At level default; null without a goal. */
  default: number | null;
  /** At level max, of the rival. */
  max?: number;
  /** At level max, of what default gives. */
  maxOfDefault?: number;
}

/**
 * From the project's design notes on the codec ("Goals"): whole file against the best of zstd, xz -9e, tuned lzma and brotli 11,
 * on models that the codec was not tuned on.
 */
export const sizeGoals: Record<SizeClass, SizeGoal> = {
  clustered: { default: 0.86, maxOfDefault: 0.98 },
  'clustered, one palette': { default: 0.92, maxOfDefault: 0.98 },
  'sparse + clustered, small': { default: 0.81, maxOfDefault: 0.98 },
  'sparse + clustered, large': { default: 0.9, maxOfDefault: 0.98 },
  'sparse + clustered, large, one palette': { default: 0.91, maxOfDefault: 0.98 },
  pruned: { default: 0.95, maxOfDefault: 0.98 },
  'dead channels': { default: 0.8, maxOfDefault: 0.97 },
  'uneven channels': { default: 0.95, maxOfDefault: 0.97 },
  'fully connected': { default: 0.99, max: 0.95 },
  'plain, small': { default: 0.95 },
  'plain, large': { default: 0.98 },
  'float and other': { default: null },
};
