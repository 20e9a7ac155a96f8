import { constraintBroken } from '../errors.js';
import { straightThrough, withGradient } from '../ops.js';
import { randomFor } from '../random.js';
import { type Tensor, tf } from '../tf.js';
import { fixedTable, lookUp, type PaletteTable, trainedLookUp } from './codebook-lookup.js';
import type { Constraint, ConstraintState, EncodedWeights, LayerShape, TrainedValues } from './constraint.js';
import {
  type CentroidInit,
  densityCentroids,
  distortion,
  linearCentroids,
  lloyd,
  plusPlusCentroids,
  randomCentroids,
  sortValues,
} from './kmeans.js';
import { codePalette, largestMagnitude, nearestLevel, type Palette, valuePalette } from './palette.js';
import { smallestScale } from './scales.js';
import { channelSpreads, spreadTensor } from './spread.js';

/** What k counts: int8 codes of the layer, int8 codes of each channel, or real values of the layer (as TFMOT clusters). */
export const codebookKinds = ['layer', 'channel', 'float'] as const;
/** How centroids follow the weights: to the mean of their members, or by the sum or mean of their members' gradients. */
export const centroidRules = ['lloyd', 'gradient-sum', 'gradient-mean'] as const;

export interface CodebookOptions {
  codebook: (typeof codebookKinds)[number];
  /** Number of codes k, the zero code included. */
  clusters: number;
  /** Zero is one of the codes, and weights that are zero are not counted when the others are placed. */
  zero: boolean;
  /** Where centroids start; best: linear or density, whichever ends nearer to the weights. */
  init: CentroidInit;
  centroids: (typeof centroidRules)[number];
  seed: number;
  /** Part of the stage after which the codebook stays as it is. */
  freezeAt: number;
}

/**
 * k values for the weights of a layer, or of each of its channels.
 *
 * TFLite scales weights by output channel, so clusters of raw weights become more than k different bytes. On the int8 grid a channel
 * is divided by its root mean square first, which makes channels alike; the centroids of these normalized weights are
 * rounded to int8, the largest being ±127. A weight is code × (RMS of its channel × unit), so the exported tensor has at
 * most k different bytes, and folding batch normalization changes scales only (docs/design/optimizer.md). Real values
 * (`float`) are k before the channels' scales make up to k codes of them in each channel.
 */
export class Codebook implements Constraint {
  readonly kind = 'codebook';
  readonly encode?: (weights: Float32Array) => EncodedWeights;
  /** Centroids of normalized weights, group by group; empty until the first update. */
  private groups: number[][] = [];
  private palettes: Palette[] = [];
  private frozen = false;
  private table: PaletteTable | null = null;

  constructor(
    private readonly layer: LayerShape,
    private readonly options: CodebookOptions,
  ) {
    if (this.onGrid) this.encode = (weights) => this.codes(weights);
  }

  /** The centroids, where gradients move them. */
  get trained(): TrainedValues | null {
    if (this.options.centroids === 'lloyd') return null;
    const shape = [this.groupCount, this.options.clusters];
    return { shape, read: () => Float32Array.from(this.groups.flat()), write: (values) => this.move(values) };
  }

  update(weights: Float32Array, progress: number): void {
    const { freezeAt, centroids } = this.options;
    if (this.groups.length === 0) this.start(weights);
    else if (progress >= freezeAt) this.frozen = true;
    else if (centroids === 'lloyd') this.follow(weights);
  }

  apply(weights: Float32Array): Float32Array {
    const scales = this.scales(weights);
    const { channels } = this.layer;
    return weights.map((_, i) => this.level(weights, i, scales) * scales[i % channels]!);
  }

  project(weights: Tensor, centroids: Tensor | null): Tensor {
    if (!centroids) return straightThrough(weights, (w) => this.nearest(w));
    if (this.frozen) return this.projectFrozen(weights, centroids);
    const gradient = this.options.centroids === 'gradient-sum' ? 'sum' : 'mean';
    const { largestCode, perTensor } = this.layer;
    return trainedLookUp(weights, centroids, (w) => this.spreadTensor(w), gradient, {
      largestCode: this.onGrid ? largestCode : null,
      oneUnit: perTensor,
    });
  }

  verify(codes: Int8Array): void {
    const { clusters, codebook } = this.options;
    const { channels, name } = this.layer;
    const groups = codebook === 'layer' ? 1 : channels;
    const distinct = Array.from({ length: groups }, () => new Set<number>());
    codes.forEach((code, i) => void distinct[i % groups]!.add(code));
    const most = distinct.findIndex(({ size }) => size > clusters);
    if (most < 0) return;
    const where = groups === 1 ? '' : ` in channel ${most}`;
    throw constraintBroken(name, `at most ${clusters} distinct codes${where}`, `${distinct[most]!.size}`);
  }

  save(): ConstraintState {
    return {
      codebook: codebookKinds.indexOf(this.options.codebook),
      centroids: Float32Array.from(this.groups.flat()),
      frozen: this.frozen ? 1 : 0,
    };
  }

  restore(state: ConstraintState): void {
    this.place(this.grouped(state.centroids as Float32Array));
    this.frozen = state.frozen === 1;
  }

  /**
   * Takes over the centroids of the stage before, when they are of as many codes of the same kind. Where zero has to be one of them and
   * is not, the nearest gives way to it.
   */
  inherit(state: ConstraintState): void {
    const centroids = state.centroids as Float32Array;
    const { codebook, clusters, zero } = this.options;
    if (state.codebook !== codebookKinds.indexOf(codebook)) return;
    if (centroids.length !== this.groupCount * clusters) return;
    const groups = this.grouped(centroids);
    this.place(zero ? groups.map(with0) : groups);
  }

  dispose(): void {
    if (this.table) tf.dispose(Object.values(this.table).filter((tensor) => tensor !== null));
    this.table = null;
  }

  private get onGrid(): boolean {
    return this.options.codebook !== 'float';
  }

  private get groupCount(): number {
    return this.options.codebook === 'channel' ? this.layer.channels : 1;
  }

  private start(weights: Float32Array): void {
    const { clusters, zero } = this.options;
    const fixed = zero ? 0 : null;
    const free = zero ? clusters - 1 : clusters;
    this.place(
      this.normalized(weights).map((values) => {
        const sorted = sortValues(values);
        const ends = this.starts(sorted, free).map((start) =>
          lloyd(sorted, zero ? [...start, 0] : start, 60, fixed),
        );
        ends.sort((a, b) => distortion(sorted, a) - distortion(sorted, b));
        return ends[0]!;
      }),
    );
  }

  private follow(weights: Float32Array): void {
    const values = this.normalized(weights);
    const fixed = this.options.zero ? 0 : null;
    this.place(this.groups.map((centroids, g) => lloyd(sortValues(values[g]!), centroids, 2, fixed)));
  }

  /** Takes over centroids as training has moved them. */
  private move(values: Float32Array): void {
    if (!this.frozen) this.place(this.grouped(values));
  }

  private grouped(values: Float32Array): number[][] {
    const k = values.length / this.groupCount;
    return Array.from({ length: this.groupCount }, (_, g) => [...values.subarray(g * k, (g + 1) * k)]);
  }

  /** Makes palettes of centroids. These are kept as binary32, so that a restored codebook is the same. */
  private place(groups: number[][]): void {
    this.dispose();
    this.groups = groups.map((centroids) => centroids.map(Math.fround));
    const { perTensor, largestCode } = this.layer;
    const largest = this.groups.map(largestMagnitude);
    const ofAll = largestMagnitude(largest);
    this.palettes = this.groups.map((centroids, g) =>
      this.onGrid
        ? codePalette(centroids, perTensor ? ofAll : largest[g]!, largestCode)
        : valuePalette(centroids),
    );
  }

  private codes(weights: Float32Array): EncodedWeights {
    const scales = this.scales(weights);
    return { codes: Int8Array.from(weights, (_, i) => this.level(weights, i, scales)), scales };
  }

  private level(weights: Float32Array, i: number, scales: Float32Array): number {
    if (weights[i] === 0 && this.options.zero) return 0;
    const channel = i % this.layer.channels;
    return nearestLevel(this.palettes[channel % this.groupCount]!, weights[i]! / scales[channel]!);
  }

  /** Value of one level unit in each channel. */
  private scales(weights: Float32Array): Float32Array {
    if (!this.onGrid) return new Float32Array(this.layer.channels).fill(1);
    return channelSpreads(weights, this.layer).map((spread, channel) =>
      Math.max(spread * this.palettes[channel % this.groupCount]!.unit, smallestScale),
    );
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

  /** Weights of each group over their spread; zeros are left out when they have a code of their own. */
  private normalized(weights: Float32Array): Float32Array[] {
    const { channels } = this.layer;
    const spread = this.onGrid ? channelSpreads(weights, this.layer) : new Float32Array(channels).fill(1);
    const values = Array.from({ length: this.groupCount }, (): number[] => []);
    weights.forEach((weight, i) => {
      if (weight === 0 && this.options.zero) return;
      values[(i % channels) % this.groupCount]!.push(weight / spread[i % channels]!);
    });
    return values.map((list) => Float32Array.from(list));
  }

  /** Null where weights are not normalized. */
  private spreadTensor(weights: Tensor): Tensor | null {
    return this.onGrid ? spreadTensor(weights, this.layer) : null;
  }

  private nearest(weights: Tensor): Tensor {
    return lookUp(weights, this.spreadTensor(weights), this.fixedTable()).value;
  }

  private fixedTable(): PaletteTable {
    if (this.table) return this.table;
    const table = fixedTable(this.palettes, this.onGrid);
    for (const tensor of Object.values(table)) if (tensor) tf.keep(tensor);
    this.table = table;
    return table;
  }

  /** Centroids that stay as they are have no gradient, but tfjs wants one. */
  private projectFrozen(weights: Tensor, centroids: Tensor): Tensor {
    const { shape } = centroids; // the tensor itself is gone when gradients are computed
    return withGradient(([w]) => ({
      value: this.nearest(w!),
      gradient: (dy) => [dy, tf.zeros(shape)],
    }))(weights, centroids);
  }
}

/** Centroids with one at 0: in place of the one that is nearest to it, where there is none. */
function with0(centroids: number[]): number[] {
  const smallest = Math.min(...centroids.map(Math.abs));
  const at = centroids.findIndex((centroid) => Math.abs(centroid) === smallest);
  return centroids.map((centroid, i) => (i === at ? 0 : centroid));
}
