import type { Tensor } from '../tf.js';

/** A layer's weights seen as a matrix: a column is an output channel. */
export interface LayerShape {
  name: string;
  rows: number;
  channels: number;
  /** One scale for the whole layer instead of one for each channel (fully connected layers by default). */
  perTensor: boolean;
  /** Each output channel sees one input channel only. */
  depthwise: boolean;
  /** Codes are in ±largestCode: 127, or less where a layer has fewer bits. */
  largestCode: number;
}

/** Values of a constraint that training moves by gradients, beside the weights. */
export interface TrainedValues {
  shape: number[];
  read(): Float32Array;
  /** Takes over what training has made of them. */
  write(values: Float32Array): void;
}

/** Weights as they are exported: integer codes in [−127, 127] and a scale for each channel. */
export interface EncodedWeights {
  codes: Int8Array;
  scales: Float32Array;
}

/** What a constraint must remember between steps, for checkpoints. */
export type ConstraintState = Record<string, number | Float32Array>;

/**
 * Something that must hold for a layer's weights on the exported file. Constraints compose: a layer has a list of them,
 * each projects what the one before it gives, and the gradient passes straight to the weights behind all of them.
 */
export interface Constraint {
  readonly kind: 'sparsity' | 'codebook' | 'rate' | 'int8-grid';
  /**
   * Looks at the weights (after the constraints before this one) and adapts mask or codebook.
   * @param progress part of the stage that is done, 0 to 1
   */
  update(weights: Float32Array, progress: number): void;
  /** The nearest weights that hold the constraint; used for export and evaluation. */
  apply(weights: Float32Array): Float32Array;
  /**
   * The same on a tensor [rows, channels], straight-through where it is not differentiable; used in training.
   * @param trained the tensor of the constraint's own trained values, null when it has none
   */
  project(weights: Tensor, trained: Tensor | null): Tensor;
  /** What training moves beside the weights; null: nothing. */
  readonly trained?: TrainedValues | null;
  /** Codes and scales, for constraints that put weights on the int8 grid. */
  encode?(weights: Float32Array): EncodedWeights;
  /** Counts on exported codes what this constraint promises. @throws OptimizerError naming layer, expected and found */
  verify(codes: Int8Array): void;
  save(): ConstraintState;
  restore(state: ConstraintState): void;
  dispose(): void;
}
