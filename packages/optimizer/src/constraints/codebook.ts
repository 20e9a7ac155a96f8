import { constraintBroken } from '../errors.js';
import { binIndex, straightThrough } from '../ops.js';
import { randomFor } from '../random.js';
import { type Tensor, type Tensor1D, tf } from '../tf.js';
import type { Constraint, ConstraintState, EncodedWeights, LayerShape } from './constraint.js';
import { decode } from './int8-grid.js';
import {
  type CentroidInit,
  densityCentroids,
  distortion,
  linearCentroids,
  lloyd,
  midpoints,
  plusPlusCentroids,
  randomCentroids,
  sortValues,
} from './kmeans.js';
import { smallestScale } from './scales.js';

export interface CodebookOptions {
  /** Number of codes k, the zero code included. */
  clusters: number;
  /** Zero is one of the codes, and weights that are zero are not counted when the others are placed. */
  zero: boolean;
  /** Where centroids start; best: linear or density, whichever ends nearer to the weights. */
  init: CentroidInit;
  seed: number;
  /** Part of the stage after which the codebook stays as it is. */
  freezeAt: number;
}

/**
 * One codebook of k int8 codes for the whole layer, shared by all output channels (clustering on the int8 grid).
 *
 * TFLite scales weights by output channel, so clusters of raw weights become more than k different bytes. Here a channel is
 * divided by its root mean square first, which makes channels alike; the centroids of these normalized weights are
 * rounded to int8, the largest being ±127. A weight is code × (RMS of its channel × step), so the exported tensor has at
 * most k different bytes, and folding batch normalization changes scales only (docs/design/optimizer.md).
 */
export class Codebook implements Constraint {
  readonly kind = 'codebook';
  private codes: number[] = [];
  /** Normalized value of one code unit. */
  private step = 0;
  private centroids: number[] = [];
  private tensors: { codes: Tensor; limits: Tensor } | null = null;

  constructor(
    private readonly layer: LayerShape,
    private readonly options: CodebookOptions,
  ) {}

  update(weights: Float32Array, progress: number): void {
    if (this.centroids.length > 0 && progress >= this.options.freezeAt) return;
    const { clusters, zero } = this.options;
    const sorted = sortValues(this.normalized(weights, zero));
    if (this.centroids.length > 0) {
      this.place(lloyd(sorted, this.centroids, 2, zero ? 0 : null));
      return;
    }
    const free = zero ? clusters - 1 : clusters;
    const found = this.starts(sorted, free).map((start) =>
      lloyd(sorted, zero ? [...start, 0] : start, 60, zero ? 0 : null),
    );
    found.sort((a, b) => distortion(sorted, a) - distortion(sorted, b));
    this.place(found[0]!);
  }

  apply(weights: Float32Array): Float32Array {
    return decode(this.encode(weights), this.layer.channels);
  }

  encode(weights: Float32Array): EncodedWeights {
    const { channels } = this.layer;
    const scales = this.spreads(weights).map((spread) => Math.max(spread * this.step, smallestScale));
    const limits = midpoints(this.codes);
    const codes = new Int8Array(weights.length);
    for (let i = 0; i < weights.length; i++) {
      if (weights[i] === 0 && this.options.zero) continue;
      const value = weights[i]! / scales[i % channels]!;
      let at = 0;
      while (at < limits.length && value > limits[at]!) at++;
      codes[i] = this.codes[at]!;
    }
    return { codes, scales };
  }

  project(weights: Tensor): Tensor {
    this.tensors ??= {
      codes: tf.keep(tf.tensor1d(this.codes)),
      limits: tf.keep(tf.tensor1d(midpoints(this.codes))),
    };
    const { codes, limits } = this.tensors;
    return straightThrough(weights, (w) => {
      const square = tf.square(w);
      const spread = tf.sqrt(this.layer.perTensor ? tf.mean(square) : tf.mean(square, 0));
      const scale = tf.maximum(spread.mul(this.step), smallestScale);
      const bins = binIndex(w.div(scale), limits);
      return tf.gather(codes as Tensor1D, bins as never).mul(scale);
    });
  }

  verify(codes: Int8Array): void {
    const distinct = new Set(codes);
    const { clusters } = this.options;
    if (distinct.size > clusters) {
      throw constraintBroken(this.layer.name, `at most ${clusters} distinct codes`, `${distinct.size}`);
    }
  }

  save(): ConstraintState {
    return { centroids: Float32Array.from(this.centroids) };
  }

  restore(state: ConstraintState): void {
    this.place([...(state.centroids as Float32Array)]);
  }

  dispose(): void {
    this.tensors?.codes.dispose();
    this.tensors?.limits.dispose();
    this.tensors = null;
  }

  private starts(sorted: ReturnType<typeof sortValues>, k: number): number[][] {
    const random = () => randomFor(this.options.seed, 'centroids', this.layer.name);
    switch (this.options.init) {
      case 'linear':
        return [linearCentroids(sorted, k)];
      case 'density':
        return [densityCentroids(sorted, k)];
      case 'random':
        return [randomCentroids(sorted, k, random())];
      case 'k-means++':
        return [plusPlusCentroids(sorted, k, random())];
      default:
        return [linearCentroids(sorted, k), densityCentroids(sorted, k)];
    }
  }

  /** Rounds centroids to int8 codes. They are kept as binary32, so that a restored codebook is the same. */
  private place(centroids: number[]): void {
    this.dispose();
    this.centroids = centroids.map(Math.fround);
    const largest = this.centroids.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    this.step = largest / 127;
    const codes = new Set(this.centroids.map((value) => Math.round(value / this.step) + 0));
    if (this.options.zero) codes.add(0);
    this.codes = [...codes].sort((a, b) => a - b);
  }

  /** Weights over the root mean square of their channel; zeros are left out when they have a code of their own. */
  private normalized(weights: Float32Array, withoutZeros: boolean): Float32Array {
    const spread = this.spreads(weights);
    const values = new Float32Array(weights.length);
    let count = 0;
    for (let i = 0; i < weights.length; i++) {
      if (weights[i] !== 0 || !withoutZeros) values[count++] = weights[i]! / spread[i % spread.length]!;
    }
    return values.subarray(0, count);
  }

  /** Root mean square of each channel, or of the layer; never 0. */
  private spreads(weights: Float32Array): Float32Array {
    const { channels, rows, perTensor } = this.layer;
    const sums = new Float64Array(channels);
    for (let i = 0; i < weights.length; i++) sums[i % channels]! += weights[i]! * weights[i]!;
    const rms = Float32Array.from(sums, (sum) => Math.sqrt(sum / rows));
    if (perTensor) rms.fill(Math.sqrt(sums.reduce((a, b) => a + b, 0) / (rows * channels)));
    return rms.map((value) => Math.max(value, smallestScale));
  }
}
