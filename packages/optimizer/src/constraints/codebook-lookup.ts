import { binIndex, withGradient } from '../ops.js';
import { type Tensor, type Tensor1D, tf } from '../tf.js';
import type { Palette } from './palette.js';
import { smallestScale } from './scales.js';

// The codebook in training: tensors of the palettes, and the op that replaces weights by them. There is one group of weights
// (the layer) or one for each channel; a group is a row of the table.

/** Palettes of all groups as tensors. Shorter palettes are filled up with their last level. */
export interface PaletteTable {
  /** Levels, row by row [groups × k]. */
  levels: Tensor;
  /** Borders [groups, k − 1]. */
  limits: Tensor;
  /** Normalized value of one level unit: a scalar, or one for each channel; null where levels are values of weights themselves. */
  unit: Tensor | null;
  /** Place in the centroids of a place in `levels`, where levels come from trained centroids; null: not trained. */
  order: Tensor | null;
}

/** Beyond every weight: the border before a level that only fills up. */
const unreachable = 3e38;

/** A table of palettes as they are. @param normalized whether weights are divided by their spread */
export function fixedTable(palettes: Palette[], normalized: boolean): PaletteTable {
  const k = palettes.reduce((most, { levels }) => Math.max(most, levels.length), 2);
  const filled = (values: number[], length: number, filler: number) =>
    Array.from({ length }, (_, i) => values[i] ?? filler);
  const levels = palettes.flatMap((palette) => filled(palette.levels, k, palette.levels.at(-1)!));
  const limits = palettes.map((palette) => filled(palette.limits, k - 1, unreachable));
  const units = palettes.map(({ unit }) => unit);
  return {
    levels: tf.tensor1d(levels),
    limits: tf.tensor2d(limits),
    unit: normalized ? unitTensor(units) : null,
    order: null,
  };
}

const unitTensor = (units: number[]): Tensor =>
  units.length === 1 ? tf.scalar(units[0]!) : tf.tensor1d(units);

export interface TrainedTableOptions {
  /** Levels are codes up to ±largestCode; null: the centroids are the levels. */
  largestCode: number | null;
  /** All groups have one scale, so that codes of all count in the same unit. */
  oneUnit: boolean;
}

/** The table of trained centroids [groups, k] as they are in this step; they may have changed places. */
export function trainedTable(centroids: Tensor, { largestCode, oneUnit }: TrainedTableOptions): PaletteTable {
  const [groups, k] = centroids.shape as [number, number];
  const { values, indices } = tf.topk(centroids.neg(), k);
  const sorted = values.neg();
  const starts = tf.range(0, groups, 1, 'int32').mul(tf.scalar(k, 'int32')).reshape([groups, 1]);
  const order = indices.add(starts).reshape([-1]);
  if (largestCode === null) return { ...table(sorted), unit: null, order };
  const magnitudes = tf.abs(sorted);
  const largest = oneUnit ? tf.max(magnitudes).reshape([1, 1]) : tf.max(magnitudes, 1, true);
  const unit = tf.maximum(largest, smallestScale).div(largestCode);
  return { ...table(tf.round(sorted.div(unit))), unit: unit.reshape(unit.size === 1 ? [] : [-1]), order };
}

function table(levels: Tensor): Pick<PaletteTable, 'levels' | 'limits'> {
  const [groups, k] = levels.shape as [number, number];
  const upper = levels.slice([0, 1], [groups, k - 1]);
  const lower = levels.slice([0, 0], [groups, k - 1]);
  return { levels: levels.reshape([-1]), limits: upper.add(lower).div(2) };
}

interface Lookup {
  /** Weights replaced by their nearest level, in their own units. */
  value: Tensor;
  /** Place of each weight's level in `levels` (int32, shape of the weights). */
  place: Tensor;
}

/** Nearest levels of weights [rows, channels]; `spread` is what normalizes them, a scalar or one for each channel. */
export function lookUp(
  weights: Tensor,
  spread: Tensor | null,
  { levels, limits, unit }: PaletteTable,
): Lookup {
  const [groups, borders] = limits.shape as [number, number];
  const scale = unit && spread ? tf.maximum(spread.mul(unit), smallestScale) : null;
  const values = scale ? weights.div(scale) : weights;
  const rows = groups === 1 ? values.reshape([1, -1]) : tf.transpose(values);
  const starts = tf
    .range(0, groups, 1, 'int32')
    .mul(tf.scalar(borders + 1, 'int32'))
    .reshape([groups, 1]);
  const places = binIndex(rows, limits).add(groups === 1 ? tf.scalar(0, 'int32') : starts);
  const place = groups === 1 ? places.reshape(weights.shape) : tf.transpose(places);
  const level = tf.gather(levels as Tensor1D, place as never);
  return { value: scale ? level.mul(scale) : level, place };
}

/** How members' gradients make a centroid's: their sum, or their mean. */
export type CentroidGradient = 'sum' | 'mean';

/**
 * Weights by trained centroids [groups, k]. The gradient passes straight through to the weights; a centroid gets that of its
 * members times their spread. A centroid at 0 stays there.
 */
export function trainedLookUp(
  weights: Tensor,
  centroids: Tensor,
  spreadOf: (weights: Tensor) => Tensor | null,
  gradient: CentroidGradient,
  options: TrainedTableOptions,
): Tensor {
  return withGradient(([w, c], save) => {
    const trained = trainedTable(c!, options);
    const spread = spreadOf(w!);
    const { value, place } = lookUp(w!, spread, trained);
    save([c!, tf.gather(trained.order as Tensor1D, place as never), ...(spread ? [spread] : [])]);
    return {
      value,
      gradient: (dy, [saved, members, normalizer]) => {
        const each = normalizer ? dy.mul(normalizer) : dy;
        const sum = (x: Tensor): Tensor =>
          tf.unsortedSegmentSum(x.flatten(), members!.flatten() as Tensor1D, saved!.size);
        const total = sum(each);
        const mean = () => total.div(tf.maximum(sum(tf.onesLike(each)), 1));
        const moving = tf.notEqual(saved!, 0).toFloat();
        return [dy, (gradient === 'sum' ? total : mean()).reshape(saved!.shape).mul(moving)];
      },
    };
  })(weights, centroids);
}
