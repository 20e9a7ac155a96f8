import { constraintBroken } from '../errors.js';
import { type Tensor, tf } from '../tf.js';
import type { Constraint, ConstraintState, LayerShape } from './constraint.js';

export interface SparsityOptions {
  /** Part of the layer's weights that is zero at the end. */
  target: number;
  /** Part of the stage over which zeros are added: sparsity grows as 1 − (1 − t)³ (Zhu and Gupta, 2017). */
  rampEnd: number;
}

/**
 * Zeros by magnitude: the smallest weights of the layer are zero. The mask follows the weights while sparsity grows, then
 * stays. With `target: 'preserve'` the zeros that are there at the start are kept, and no more are added.
 */
export class Sparsity implements Constraint {
  readonly kind = 'sparsity';
  private mask: Float32Array;
  private maskTensor: Tensor | null = null;
  private promised = 0;
  private frozen = false;

  constructor(
    private readonly layer: LayerShape,
    private readonly options: SparsityOptions | 'preserve',
  ) {
    this.mask = new Float32Array(layer.rows * layer.channels).fill(1);
  }

  update(weights: Float32Array, progress: number): void {
    if (this.frozen) return;
    if (this.options === 'preserve') {
      this.setMask(weights.map((w) => (w === 0 ? 0 : 1)));
      this.frozen = true;
      return;
    }
    const { target, rampEnd } = this.options;
    const t = rampEnd === 0 ? 1 : Math.min(1, progress / rampEnd);
    this.setMask(smallestMask(weights, Math.floor(target * (1 - (1 - t) ** 3) * weights.length)));
    this.frozen = t >= 1;
  }

  apply(weights: Float32Array): Float32Array {
    return weights.map((w, i) => (this.mask[i] === 0 ? 0 : w));
  }

  project(weights: Tensor): Tensor {
    this.maskTensor ??= tf.keep(tf.tensor2d(this.mask, [this.layer.rows, this.layer.channels]));
    return weights.mul(this.maskTensor);
  }

  verify(codes: Int8Array): void {
    const wanted =
      this.options === 'preserve' ? this.promised : Math.floor(this.options.target * codes.length);
    let zeros = 0;
    for (let i = 0; i < codes.length; i++) {
      if (codes[i] === 0) zeros++;
      else if (this.mask[i] === 0)
        throw constraintBroken(this.layer.name, `a zero at element ${i}`, `${codes[i]}`);
    }
    if (zeros < wanted)
      throw constraintBroken(this.layer.name, `at least ${wanted} zeros of ${codes.length}`, `${zeros}`);
  }

  save(): ConstraintState {
    return { mask: this.mask, frozen: this.frozen ? 1 : 0 };
  }

  restore(state: ConstraintState): void {
    this.setMask(state.mask as Float32Array);
    this.frozen = state.frozen === 1;
  }

  dispose(): void {
    this.maskTensor?.dispose();
    this.maskTensor = null;
  }

  private setMask(mask: Float32Array): void {
    this.dispose();
    this.mask = mask;
    this.promised = mask.reduce((zeros, m) => zeros + (m === 0 ? 1 : 0), 0);
  }
}

/** 0 for the `count` weights of smallest magnitude (the first ones among equals), 1 for the others. */
export function smallestMask(weights: Float32Array, count: number): Float32Array {
  const mask = new Float32Array(weights.length).fill(1);
  if (count <= 0) return mask;
  const threshold = weights.map(Math.abs).sort()[count - 1]!;
  let left = count;
  for (let i = 0; i < weights.length; i++) {
    if (Math.abs(weights[i]!) < threshold) {
      mask[i] = 0;
      left--;
    }
  }
  for (let i = 0; i < weights.length && left > 0; i++) {
    if (Math.abs(weights[i]!) === threshold) {
      mask[i] = 0;
      left--;
    }
  }
  return mask;
}
