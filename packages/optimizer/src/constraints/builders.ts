import { type ConstraintOptions, parseConstraint, type StageSpec } from '../config.js';

type Spec = StageSpec['constraints'][number];

/**
 * The constraints that a stage of a recipe may hold, with their defaults filled in: `constraints.cluster({ clusters: 16 })`. They
 * compose in any order. Each throws UsageError for a setting that is unknown or out of range.
 */
export const constraints = {
  /** Zeros by magnitude: `{ target: 0.5 }`, with `pattern: '2:4'` or `'4x16'`, for some `layers` (`['b*_pw', '!b1_pw']`). */
  sparsity: (options: ConstraintOptions<'sparsity'>): Spec =>
    parseConstraint({ type: 'sparsity', ...options }),
  /** Zeros that are there at the start of the stage stay zero. */
  preserveSparsity: (): Spec => parseConstraint({ type: 'preserve-sparsity' }),
  /** At most `clusters` distinct int8 codes in each layer. */
  cluster: (options: ConstraintOptions<'cluster'>): Spec => parseConstraint({ type: 'cluster', ...options }),
  /** Codes by distortion and bits together, `lambda` being the price of a bit; zeros emerge. Not beside `cluster`. */
  rate: (options: ConstraintOptions<'rate'>): Spec => parseConstraint({ type: 'rate', ...options }),
  /** Weight scales and biases on coarser grids, which pack smaller. */
  metadata: (options: ConstraintOptions<'metadata'> = {}): Spec =>
    parseConstraint({ type: 'metadata', ...options }),
  /** Int8 weights and activations are simulated in training (QAT). */
  quantize: (options: ConstraintOptions<'quantize'> = {}): Spec =>
    parseConstraint({ type: 'quantize', ...options }),
};
