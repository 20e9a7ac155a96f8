import { midpoints } from './kmeans.js';

/** The values that weights of one group may take: level × unit × the spread by which the group's weights were normalized. */
export interface Palette {
  /** Distinct, ascending; integers where they are codes of the int8 grid. */
  levels: number[];
  /** Borders between neighbouring levels: a weight takes the level that is nearest. */
  limits: number[];
  /** Normalized value of one level unit: a code's, or 1 for levels that are values themselves. */
  unit: number;
}

/** Centroids rounded to integer codes, `largest` (in magnitude) becoming ±largestCode. */
export function codePalette(centroids: readonly number[], largest: number, largestCode: number): Palette {
  const unit = (largest || 1) / largestCode;
  return palette(
    centroids.map((centroid) => Math.round(centroid / unit) + 0),
    unit,
  );
}

/** Centroids as they are. */
export function valuePalette(centroids: readonly number[]): Palette {
  return palette(centroids, 1);
}

function palette(values: readonly number[], unit: number): Palette {
  const levels = [...new Set(values)].sort((a, b) => a - b);
  return { levels, limits: midpoints(levels), unit };
}

export function largestMagnitude(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** The level nearest to a value; on a border, the lower one. */
export function nearestLevel({ levels, limits }: Palette, value: number): number {
  let at = 0;
  while (at < limits.length && value > limits[at]!) at++;
  return levels[at]!;
}
