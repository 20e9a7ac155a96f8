import { fitPattern, patternName, type SparsityPattern } from '@weightfold/container';
import { constraintBroken } from '../errors.js';
import { type Tensor, tf } from '../tf.js';
import type { Constraint, ConstraintState, LayerShape } from './constraint.js';
import { blockMask, groupMask, type PatternLayout, smallestMask } from './masks.js';

export interface SparsityOptions {
  /** Part of the weights that is zero at the end. With n:m it is 1 − n / m. */
  target: number;
  /** Which weights are zero together; null: each by itself. */
  pattern: SparsityPattern | null;
  /** Parts of the stage between which zeros are added. */
  rampStart: number;
  rampEnd: number;
  /** polynomial: sparsity grows as 1 − (1 − t)³ (Zhu and Gupta, 2017); constant: all of it from rampStart on. */
  schedule: 'polynomial' | 'constant';
}

/**
 * Zeros by magnitude: the smallest weights of the layer, or of each group of a pattern, are zero. The mask follows the weights
 * while sparsity grows, then stays. With `'preserve'` the zeros that are there at the start are kept, and no more are added.
 */
export class Sparsity implements Constraint {
  readonly kind = 'sparsity';
  private mask: Float32Array;
  private maskTensor: Tensor | null = null;
  private promised = 0;
  private frozen = false;
  /** This layer's zeros of a budget that it shares with others, once they are known. */
  private share: number | null = null;

  constructor(
    private readonly layer: LayerShape,
    private readonly options: SparsityOptions | 'preserve',
  ) {
    this.mask = new Float32Array(layer.rows * layer.channels).fill(1);
  }

  /** Sets how many zeros of a budget that several layers share are this layer's, as long as its mask is not frozen. */
  setShare(count: number): void {
    if (!this.frozen) this.share = count;
  }

  /** Whether it keeps the zeros that are there, and adds none. */
  get preserves(): boolean {
    return this.options === 'preserve';
  }

  /** Whether the mask stays as it is. */
  get settled(): boolean {
    return this.frozen;
  }

  /** Weights of the layer. */
  get size(): number {
    return this.mask.length;
  }

  /** Weights that the mask holds at 0 now. */
  get zeros(): number {
    return this.promised;
  }

  update(weights: Float32Array, progress: number): void {
    if (this.frozen) return;
    if (this.options === 'preserve') {
      this.setMask(weights.map((w) => (w === 0 ? 0 : 1)));
      this.frozen = true;
      return;
    }
    const t = ramp(this.options, progress);
    this.setMask(this.maskFor(weights, this.options, 1 - (1 - t) ** 3));
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
    const wanted = this.wanted(codes.length);
    let zeros = 0;
    for (let i = 0; i < codes.length; i++) {
      if (codes[i] === 0) zeros++;
      else if (this.mask[i] === 0)
        throw constraintBroken(this.layer.name, `a zero at element ${i}`, `${codes[i]}`);
    }
    if (zeros < wanted)
      throw constraintBroken(this.layer.name, `at least ${wanted} zeros of ${codes.length}`, `${zeros}`);
    if (this.options !== 'preserve' && this.options.pattern?.type === 'n:m')
      this.verifyGroups(codes, this.options.pattern);
  }

  save(): ConstraintState {
    return { mask: this.mask, frozen: this.frozen ? 1 : 0, share: this.share ?? -1 };
  }

  restore(state: ConstraintState): void {
    this.setMask(state.mask as Float32Array);
    this.frozen = state.frozen === 1;
    this.share = (state.share as number) < 0 ? null : (state.share as number);
  }

  dispose(): void {
    this.maskTensor?.dispose();
    this.maskTensor = null;
  }

  private maskFor(weights: Float32Array, options: SparsityOptions, part: number): Float32Array {
    const { pattern } = options;
    const layout = patternLayout(this.layer);
    if (pattern?.type === 'n:m') return groupMask(weights, layout, pattern, part);
    const count = Math.floor((this.share ?? options.target * weights.length) * part);
    return pattern ? blockMask(weights, layout, pattern, count) : smallestMask(weights, count);
  }

  private wanted(size: number): number {
    if (this.options === 'preserve') return this.promised;
    return this.options.pattern?.type === 'n:m' ? 0 : Math.floor(this.share ?? this.options.target * size);
  }

  private verifyGroups(codes: Int8Array, pattern: SparsityPattern): void {
    const layout = patternLayout(this.layer);
    const isZero = new Uint8Array(codes.length);
    for (let place = 0; place < codes.length; place++)
      isZero[place] = codes[layout.indexOf(place)] === 0 ? 1 : 0;
    const { groups, fitting } = fitPattern(isZero, layout, pattern);
    const name = patternName(pattern);
    if (fitting < groups)
      throw constraintBroken(
        this.layer.name,
        `${name} in all ${groups} groups`,
        `${fitting} groups that hold it`,
      );
  }

  private setMask(mask: Float32Array): void {
    this.dispose();
    this.mask = mask;
    this.promised = mask.reduce((zeros, m) => zeros + (m === 0 ? 1 : 0), 0);
  }
}

/** How far the ramp has come, 0 to 1. */
function ramp({ rampStart, rampEnd, schedule }: SparsityOptions, progress: number): number {
  if (progress < rampStart) return 0;
  if (schedule === 'constant' || rampEnd <= rampStart) return 1;
  return Math.min(1, (progress - rampStart) / (rampEnd - rampStart));
}

/** The matrix of PATTERNS.md in the training layout, where output channels come last: it lies there transposed. */
function patternLayout({ rows, channels, depthwise }: LayerShape): PatternLayout {
  if (depthwise) return { rows, columns: channels, indexOf: (place) => place };
  return {
    rows: channels,
    columns: rows,
    indexOf: (place) => (place % rows) * channels + Math.floor(place / rows),
  };
}
