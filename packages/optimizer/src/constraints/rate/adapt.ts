import type { Palette } from '../palette.js';
import type { CodeLengths } from './code-lengths.js';
import { entropyConstrained } from './quantizer.js';

/** A layer's normalized weights from the smallest to the largest: how often a code occurs is then the distance of two borders. */
export type SortedWeights = Float32Array;

/** How the normalized weights of a layer are coded now. */
export interface CodeState {
  /** Codes, borders between them, and as unit the normalized weight of code 1. */
  palette: Palette;
  /** Bits of the codes −m … m. */
  lengths: Float32Array<ArrayBuffer>;
}

/**
 * Distance of codes that is best at a high rate for a given price of a bit, over √price: there the slope dD/dR of a uniform quantizer,
 * −Δ² ln 2 ÷ 6, is −price (Gish and Pierce, 1968).
 */
const bestDistance = Math.sqrt(6 / Math.LN2);
/** Part of a layer's weights that keeps a code other than 0, whatever the rate asks. */
export const leastUsed = 0.01;
/** The price is halved at most so often for a layer that would lose its codes; then it is 0. */
const mostHalvings = 10;

/**
 * A grid for a layer's weights, each at its nearest code: codes as far apart as is best for the price of a bit, but so that ±`most`
 * reaches the largest weight, and that this has a code other than 0.
 * @param price λ ÷ importance: squared error that a bit is worth
 */
export function placeGrid(
  sorted: SortedWeights,
  price: number,
  most: number,
  codeLengths: CodeLengths,
): CodeState {
  const largest = largestOf(sorted) || 1;
  const unit = Math.max(Math.min(bestDistance * Math.sqrt(price), largest), largest / most);
  const m = Math.min(most, Math.ceil(largest / unit));
  const palette = { ...entropyConstrained(new Float32Array(2 * m + 1), 0), unit };
  return { palette, lengths: codeLengths(countCodes(sorted, palette, m)) };
}

/** Bits by how often the codes occur now, and the codes by these bits. A layer does not lose its codes. */
export function adaptCodes(
  sorted: SortedWeights,
  state: CodeState,
  price: number,
  codeLengths: CodeLengths,
): CodeState {
  const { unit } = state.palette;
  const m = (state.lengths.length - 1) / 2;
  const lengths = codeLengths(countCodes(sorted, state.palette, m));
  const used = (palette: Palette) => sorted.length - countCodes(sorted, palette, m)[m]!;
  const zeros = firstAbove(sorted, 0) - firstAbove(sorted, -smallestNumber);
  const needed = Math.max(1, leastUsed * (sorted.length - zeros));
  for (let halvings = 0; halvings < mostHalvings; halvings++) {
    const palette = paletteOf(lengths, price / 2 ** halvings, unit);
    if (used(palette) >= needed) return { palette, lengths };
  }
  const nearest = paletteOf(lengths, 0, unit);
  const largest = largestOf(sorted);
  // Weights that have become small beside the grid get a finer one.
  const lost = largest > 0 && used(nearest) === 0;
  return { palette: lost ? paletteOf(lengths, 0, largest) : nearest, lengths };
}

/** Bits that the weights need with these codes, by their own entropy. */
export function entropyOf(sorted: SortedWeights, { palette, lengths }: CodeState): number {
  return countedBits(countCodes(sorted, palette, (lengths.length - 1) / 2));
}

/** Bits of codes that occur so often, by their entropy. */
export function countedBits(counts: Uint32Array): number {
  const total = counts.reduce((sum, n) => sum + n, 0);
  return counts.reduce((bits, n) => bits + (n > 0 ? n * Math.log2(total / n) : 0), 0);
}

function paletteOf(lengths: Float32Array, price: number, unit: number): Palette {
  const { levels, limits } = entropyConstrained(lengths, price / unit ** 2);
  return { levels, limits: limits.map(Math.fround), unit }; // binary32, so that a restored quantizer is the same
}

function countCodes(sorted: SortedWeights, { levels, limits, unit }: Palette, m: number): Uint32Array {
  const counts = new Uint32Array(2 * m + 1);
  let from = 0;
  levels.forEach((level, i) => {
    const to = i < limits.length ? firstAbove(sorted, limits[i]!, unit) : sorted.length;
    counts[level + m] = to - from;
    from = to;
  });
  return counts;
}

/** Index of the first of sorted values that, divided by the unit, is above a limit. */
function firstAbove(sorted: SortedWeights, limit: number, unit = 1): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! / unit > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

const largestOf = (sorted: SortedWeights): number => Math.max(Math.abs(sorted[0]!), Math.abs(sorted.at(-1)!));
/** Smallest positive binary32. */
const smallestNumber = 2 ** -149;
