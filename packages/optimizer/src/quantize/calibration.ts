import { activationQuantization, including0, type Range } from '../training/ranges.js';
import { binCenter, type Histogram } from './histogram.js';

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
      return bestRange(histogram, divergence);
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
 * Divergence of the distribution that int8 codes can tell from the real one: what is clipped counts at the ends, and the bins
 * of a code share its count evenly (Migacz, "8-bit inference with TensorRT", 2017, here for asymmetric ranges).
 */
function divergence(histogram: Histogram, range: Range): number {
  const { scale, zeroPoint } = activationQuantization(range);
  const real = new Float64Array(histogram.counts.length);
  const codes = new Int16Array(real.length);
  const codeCounts = new Float64Array(256);
  const codeBins = new Float64Array(256);
  const inside = (code: number) => Math.max(-128, Math.min(127, code));
  let [first, last] = [real.length, -1];
  for (let bin = 0; bin < real.length; bin++) {
    const code = Math.round(binCenter(histogram, bin) / scale) + zeroPoint;
    codes[bin] = inside(code);
    if (code !== codes[bin]) continue;
    first = Math.min(first, bin);
    last = Math.max(last, bin);
  }
  if (last < first) return Number.POSITIVE_INFINITY;
  // What rectifiers make 0 has an exact code in every range: it says nothing about any.
  const zeroBin = Math.floor((-histogram.min / (histogram.max - histogram.min)) * real.length);
  histogram.counts.forEach((count, bin) => {
    if (bin === zeroBin) return;
    const at = Math.max(first, Math.min(last, bin));
    real[at]! += count;
    // The code's distribution knows nothing of what was clipped: that is what clipping costs.
    if (at === bin) codeCounts[codes[bin]! + 128]! += count;
  });
  for (let bin = first; bin <= last; bin++) if (real[bin]! > 0) codeBins[codes[bin]! + 128]!++;
  const realTotal = real.reduce((sum, count) => sum + count, 0);
  const codeTotal = codeCounts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (let bin = first; bin <= last; bin++) {
    if (real[bin] === 0) continue;
    const code = codes[bin]! + 128;
    const p = real[bin]! / realTotal;
    const q = Math.max(codeCounts[code]! / codeBins[code]! / codeTotal, 1e-12);
    sum += p * Math.log(p / q);
  }
  return sum;
}
