import { nearestLevel, type Palette } from '../palette.js';
import type { CodeLengths } from './code-lengths.js';
import { entropyConstrained } from './quantizer.js';

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
const leastUsed = 0.01;
/** The price is halved at most so often for a layer that would lose its codes; then it is 0. */
const mostHalvings = 10;

/**
 * A grid for normalized weights, each at its nearest code: codes as far apart as is best for the price of a bit, but so that ±`most`
 * reaches the largest weight, and that this has a code other than 0.
 * @param price λ ÷ importance: squared error that a bit is worth
 */
export function placeGrid(
  values: Float32Array,
  price: number,
  most: number,
  codeLengths: CodeLengths,
): CodeState {
  const largest = largestOf(values) || 1;
  const unit = Math.max(Math.min(bestDistance * Math.sqrt(price), largest), largest / most);
  const m = Math.min(most, Math.ceil(largest / unit));
  const palette = { ...entropyConstrained(new Float32Array(2 * m + 1), 0), unit };
  return { palette, lengths: codeLengths(countCodes(values, palette, m)) };
}

/** Bits by how often the codes occur now, and the codes by these bits. A layer does not lose its codes. */
export function adaptCodes(
  values: Float32Array,
  state: CodeState,
  price: number,
  codeLengths: CodeLengths,
): CodeState {
  const { unit } = state.palette;
  const m = (state.lengths.length - 1) / 2;
  const lengths = codeLengths(countCodes(values, state.palette, m));
  const needed = Math.max(1, leastUsed * values.filter((value) => value !== 0).length);
  for (let halvings = 0; halvings <= mostHalvings; halvings++) {
    const palette = paletteOf(lengths, halvings === mostHalvings ? 0 : price / 2 ** halvings, unit);
    if (usedCodes(values, palette) >= needed) return { palette, lengths };
  }
  const nearest = paletteOf(lengths, 0, unit);
  const largest = largestOf(values);
  // Weights that have become small beside the grid get a finer one.
  const lost = largest > 0 && usedCodes(values, nearest) === 0;
  return { palette: lost ? paletteOf(lengths, 0, largest) : nearest, lengths };
}

/** Bits that normalized weights need with these codes, by their own entropy. */
export function entropyOf(values: Float32Array, { palette, lengths }: CodeState): number {
  const counts = countCodes(values, palette, (lengths.length - 1) / 2);
  return counts.reduce((bits, n) => bits + (n > 0 ? n * Math.log2(values.length / n) : 0), 0);
}

function paletteOf(lengths: Float32Array, price: number, unit: number): Palette {
  const { levels, limits } = entropyConstrained(lengths, price / unit ** 2);
  return { levels, limits: limits.map(Math.fround), unit }; // binary32, so that a restored quantizer is the same
}

function countCodes(values: Float32Array, palette: Palette, m: number): Uint32Array {
  const counts = new Uint32Array(2 * m + 1);
  for (const value of values) counts[nearestLevel(palette, value / palette.unit) + m]!++;
  return counts;
}

const usedCodes = (values: Float32Array, palette: Palette): number =>
  values.reduce((sum, value) => sum + (nearestLevel(palette, value / palette.unit) === 0 ? 0 : 1), 0);

const largestOf = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
