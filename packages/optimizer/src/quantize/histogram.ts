/** How often values of an activation fall into equal bins of its whole range. */
export interface Histogram {
  min: number;
  max: number;
  counts: Float64Array;
}

export const bins = 2048;

/** An empty histogram over a range that has been observed. */
export function emptyHistogram({ min, max }: { min: number; max: number }): Histogram {
  return { min, max, counts: new Float64Array(bins) };
}

export function addValues({ min, max, counts }: Histogram, values: ArrayLike<number>): void {
  const scale = max > min ? counts.length / (max - min) : 0;
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor((values[i]! - min) * scale);
    counts[Math.max(0, Math.min(counts.length - 1, bin))]!++;
  }
}

/** The value in the middle of a bin. */
export function binCenter({ min, max, counts }: Histogram, bin: number): number {
  return min + ((bin + 0.5) * (max - min)) / counts.length;
}
