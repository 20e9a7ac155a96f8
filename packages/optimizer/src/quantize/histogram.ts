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

/** Counts spread by a triangle over `width` bins to each side, mirrored at the ends: their sum stays. */
export function smoothed(counts: Float64Array, width: number): Float64Array {
  const spread = new Float64Array(counts.length);
  const mirrored = (bin: number) =>
    bin < 0 ? -1 - bin : bin < counts.length ? bin : 2 * counts.length - 1 - bin;
  counts.forEach((count, bin) => {
    if (count === 0) return;
    for (let d = 1 - width; d < width; d++)
      spread[mirrored(bin + d)]! += (count * (width - Math.abs(d))) / width ** 2;
  });
  return spread;
}
