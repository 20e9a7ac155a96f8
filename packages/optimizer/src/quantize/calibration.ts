import { activationQuantization, including0, type Range } from '../training/ranges.js';
import { binCenter, type Histogram, smoothed } from './histogram.js';

/** How the range of an activation is chosen from the values that a calibration set gives. */
export type Calibration =
  | { method: 'min-max' }
  /** Leaves out the outermost values: `percentile` of 99.99 leaves 0.01 % in all. */
  | { method: 'percentile'; percentile: number }
  /** The range of the smallest mean squared error of quantization. */
  | { method: 'mse' }
  /** The range whose quantized distribution diverges least (Kullback and Leibler) from the real one. */
  | { method: 'kl' };

/** The methods' names. */
export const calibrationMethods = ['min-max', 'percentile', 'mse', 'kl'] as const;

/** The range for an activation, of its whole range and its histogram. Always contains 0. */
export function chooseRange(histogram: Histogram, calibration: Calibration): Range {
  switch (calibration.method) {
    case 'min-max':
      return including0(histogram);
    case 'percentile':
      return percentileRange(histogram, calibration.percentile);
    case 'mse':
      return bestRange(histogram, squaredError);
    case 'kl':
      return bestRange({ ...histogram, counts: density(histogram) }, divergence);
  }
}

/** Cuts equal parts off both ends; off the upper end alone where values are never below 0. */
function percentileRange(histogram: Histogram, percentile: number): Range {
  const { counts, min, max } = histogram;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const ends = min < 0 && max > 0 ? 2 : 1;
  const allowed = ((1 - percentile / 100) * total) / ends;
  let [low, high] = [0, counts.length - 1];
  for (let left = allowed; low < high && counts[low]! <= left; low++) left -= counts[low]!;
  for (let left = allowed; high > low && counts[high]! <= left; high--) left -= counts[high]!;
  const width = (max - min) / counts.length;
  return including0({
    min: min < 0 ? min + low * width : min,
    max: max > 0 ? min + (high + 1) * width : max,
  });
}

/** Parts of the whole range that are tried for each end. */
const steps = Array.from({ length: 46 }, (_, i) => 1 - i * 0.02);

/** Searches both ends, one after the other until neither gets better. */
function bestRange(histogram: Histogram, costOf: (histogram: Histogram, range: Range) => number): Range {
  const whole = including0(histogram);
  let best = whole;
  let cost = costOf(histogram, best);
  for (let improved = true; improved; ) {
    improved = false;
    for (const end of ['max', 'min'] as const) {
      for (const step of steps) {
        const range = including0({ ...best, [end]: whole[end] * step });
        const found = costOf(histogram, range);
        if (found < cost - 1e-9 * Math.abs(cost)) [best, cost, improved] = [range, found, true];
      }
    }
  }
  return best;
}

/** Sum of squared differences of values and their int8 codes' values. */
function squaredError(histogram: Histogram, range: Range): number {
  const { scale, zeroPoint } = activationQuantization(range);
  let sum = 0;
  histogram.counts.forEach((count, bin) => {
    if (count === 0) return;
    const value = binCenter(histogram, bin);
    const code = Math.max(-128, Math.min(127, Math.round(value / scale) + zeroPoint));
    sum += count * (value - (code - zeroPoint) * scale) ** 2;
  });
  return sum;
}

/**
 * Values of an activation as a density, for `divergence`. What rectifiers make 0 is left out: 0 has an exact code in every
 * range. Single values that come often (what each channel makes of an even background) are spread over one code of the whole
 * range. As peaks of a bin they would say that finer steps are worth clipping for, though a peak needs but one code.
 */
function density({ min, max, counts }: Histogram): Float64Array {
  const others = counts.slice();
  const zeroBin = Math.floor((-min / (max - min)) * counts.length);
  if (zeroBin >= 0 && zeroBin < counts.length) others[zeroBin] = 0;
  return smoothed(others, counts.length / 256);
}

/**
 * Divergence of the distribution that int8 codes can tell from the real one: what is clipped counts at the ends, and the bins
 * of a code share its count evenly (Migacz, "8-bit inference with TensorRT", 2017, here for asymmetric ranges).
 */
function divergence(histogram: Histogram, range: Range): number {
  const { scale, zeroPoint } = activationQuantization(range);
  const real = new Float64Array(histogram.counts.length);
  const codes = new Int16Array(real.length);
  const codeCounts = new Float64Array(256);
  const codeBins = new Float64Array(256);
  let [first, last] = [real.length, -1];
  for (let bin = 0; bin < real.length; bin++) {
    const code = Math.round(binCenter(histogram, bin) / scale) + zeroPoint;
    codes[bin] = Math.max(-128, Math.min(127, code));
    if (code !== codes[bin]) continue;
    first = Math.min(first, bin);
    last = Math.max(last, bin);
  }
  if (last < first) return Number.POSITIVE_INFINITY;
  histogram.counts.forEach((count, bin) => {
    const at = Math.max(first, Math.min(last, bin));
    real[at]! += count;
    // The code's distribution knows nothing of what was clipped: that is what clipping costs.
    if (at === bin) codeCounts[codes[bin]! + 128]! += count;
  });
  for (let bin = first; bin <= last; bin++) if (real[bin]! > 0) codeBins[codes[bin]! + 128]!++;
  return divergenceOf(real, (bin) => {
    const code = codes[bin]! + 128;
    return codeCounts[code]! / codeBins[code]!;
  });
}

/** Kullback and Leibler's divergence of counts from others, each made to add up to 1 over the bins that have any. */
function divergenceOf(real: Float64Array, otherOf: (bin: number) => number): number {
  let [realTotal, otherTotal] = [0, 0];
  real.forEach((count, bin) => {
    if (count === 0) return;
    realTotal += count;
    otherTotal += otherOf(bin);
  });
  let sum = 0;
  real.forEach((count, bin) => {
    if (count === 0) return;
    const p = count / realTotal;
    sum += p * Math.log(p / Math.max(otherOf(bin) / otherTotal, 1e-12));
  });
  return sum;
}
