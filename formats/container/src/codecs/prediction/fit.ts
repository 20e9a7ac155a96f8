/** Which earlier values predict a value: distances by sampled autocorrelation, then taps one by one (orthogonal matching pursuit). */
import { centered } from './encode.js';
import { limits, type Tap, weightBits, weightSum } from './taps.js';

/** All distances up to here are looked at, and as many multiples of each stride. */
const searched = 1024;
const multiples = 256;
/** Places at which correlations are measured: few for all distances, more for those that look good. */
const fewSamples = 1024;
const moreSamples = 4096;
const manySamples = 16384;
/** With few samples noise has correlations up to about 0.1, so this leaves some in ten of all distances. */
const promising = 0.05;
/** Noise has correlations up to about 0.06 with more samples. */
const leastCorrelation = 0.08;
const mostCandidates = 24;
/** Fewer bytes gain too little. */
const shortest = 512;
/** Bits that a further tap must gain. */
const leastGain = 64;

/** Products of values with earlier ones, summed over places in the second half, from where all distances reach back. */
class Correlations {
  readonly #places: Uint32Array;
  readonly #known = new Map<number, number>();

  constructor(
    readonly values: Int8Array,
    most: number,
  ) {
    const first = Math.floor(values.length / 2);
    // An odd step, so that not all places are in one column.
    const step = Math.max(1, Math.floor((values.length - first) / most)) | 1;
    const count = Math.ceil((values.length - first) / step);
    this.#places = Uint32Array.from({ length: count }, (_, k) => first + k * step);
  }
  /** Of the values `a` and `b` before each place. */
  product(a: number, b: number): number {
    const key = Math.min(a, b) * 2 ** 26 + Math.max(a, b);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const values = this.values;
    let sum = 0;
    for (const place of this.#places) sum += values[place - a]! * values[place - b]!;
    this.#known.set(key, sum);
    return sum;
  }
  /** Magnitude of the correlation of values that are this far apart; not a number when all are 0. */
  correlation(distance: number): number {
    return Math.abs(this.product(0, distance)) / this.product(0, 0);
  }
}

/** Distances with the highest correlations. */
function candidates(values: Int8Array, strides: number[]): number[] {
  const longest = Math.floor(values.length / 2);
  const distances = new Set(Array.from({ length: searched }, (_, i) => i + 1));
  for (const stride of strides) for (let k = 1; k <= multiples; k++) distances.add(k * stride);
  const few = new Correlations(values, fewSamples);
  const more = new Correlations(values, moreSamples);
  const found: { distance: number; correlation: number }[] = [];
  for (const distance of distances) {
    if (distance > longest || few.correlation(distance) < promising) continue;
    const correlation = more.correlation(distance);
    if (correlation >= leastCorrelation) found.push({ distance, correlation });
  }
  const best = found.sort((a, b) => b.correlation - a.correlation || a.distance - b.distance);
  return best.slice(0, mostCandidates).map(({ distance }) => distance);
}

/** Solves a symmetric positive definite system by elimination; null when it is nearly singular. */
function solve(matrix: number[][], right: number[]): number[] | null {
  const a = matrix.map((row, i) => [...row, right[i]!]);
  for (let i = 0; i < a.length; i++) {
    if (!(a[i]![i]! > 1e-6 * matrix[i]![i]!)) return null;
    for (let j = i + 1; j < a.length; j++) {
      const factor = a[j]![i]! / a[i]![i]!;
      for (let k = i; k <= a.length; k++) a[j]![k]! -= factor * a[i]![k]!;
    }
  }
  const result = new Array<number>(a.length).fill(0);
  for (let i = a.length - 1; i >= 0; i--) {
    let rest = a[i]![a.length]!;
    for (let k = i + 1; k < a.length; k++) rest -= a[i]![k]! * result[k]!;
    result[i] = rest / a[i]![i]!;
  }
  return result;
}

/** Taps by least squares, and the energy that they leave of 1. */
interface Fit {
  taps: Tap[];
  left: number;
}

function fitTaps(correlations: Correlations, distances: number[]): Fit | null {
  const right = distances.map((distance) => correlations.product(0, distance));
  const matrix = distances.map((a) => distances.map((b) => correlations.product(a, b)));
  const exact = solve(matrix, right);
  if (!exact) return null;
  const taps = distances.map((distance, k): Tap => {
    return { distance, weight: Math.round(exact[k]! * 2 ** weightBits) };
  });
  const allowed = taps.every(({ weight }) => weight >= -128 && weight <= 127);
  if (!allowed || weightSum(taps) > limits.weights) return null;
  const explained = exact.reduce((sum, weight, k) => sum + weight * right[k]!, 0);
  return { taps, left: 1 - explained / correlations.product(0, 0) };
}

/** Candidates, with sums and differences of the distances that were taken: how neighbours in two directions meet. */
function nextCandidates(found: number[], taken: number[], longest: number): number[] {
  const meeting = taken.flatMap((a) => taken.flatMap((b) => (a < b ? [b - a, a + b] : [])));
  const all = new Set([...found, ...meeting.filter((distance) => distance <= longest)]);
  return [...all].filter((distance) => !taken.includes(distance));
}

/**
 * Taps that predict the data, none when they would gain little.
 *
 * @param center the byte that stands for 0
 * @param strides distances of neighbours, such as those of the tensor's dimensions
 */
export function findTaps(data: Uint8Array, center: number, strides: number[]): Tap[] {
  const values = centered(data, center);
  const longest = Math.floor(values.length / 2);
  const found = values.length < shortest ? [] : candidates(values, strides);
  const correlations = new Correlations(values, manySamples);
  let best: Fit = { taps: [], left: 1 };
  while (found.length > 0 && best.taps.length < limits.taps) {
    const taken = best.taps.map(({ distance }) => distance);
    let next = best;
    for (const distance of nextCandidates(found, taken, longest)) {
      const fit = fitTaps(correlations, [...taken, distance]);
      if (fit && fit.left < next.left) next = fit;
    }
    if (!((values.length / 2) * Math.log2(best.left / next.left) >= leastGain)) break;
    best = next;
  }
  return best.taps;
}
