import { signed, type TokenShape, tokenOf } from './shape.js';

/** Neighbouring words with a base and a shift of their own. */
export interface Segment {
  /** Number of words. */
  length: number;
  /** What their magnitudes are differences from, a multiple of 2^low modulo 2^width. */
  base: number;
  /** What their tokens are counted from. */
  shift: number;
}

/** A way to code words that the encoder may try. */
export interface Style {
  width: 16 | 32;
  /** Words are binary numbers with a sign bit. */
  float: boolean;
  low: number;
  split: number;
  mantissa: number;
  /** Segments have bases. */
  bases: boolean;
  /** Segments have shifts. */
  shifts: boolean;
}

/** Bits that a base costs, about; it must save more. */
const baseBits = 20;
/** Where the tokens of segments are laid on one another: few lie above, and they lie close. */
const aligned = 0.7;
/** A base without its low bits is below this in magnitude, as it is coded as a number (SPEC.md). */
const mostBase = 2 ** 22;

/** Significant bits that are enough for all magnitudes: those of integers made from binary32 are at most 24. */
function significantBits(words: Uint32Array, width: number): number {
  let most = 0;
  for (const word of words) {
    const { magnitude } = signed(word, 0, false, width);
    if (magnitude > 0) most = Math.max(most, 32 - Math.clz32(magnitude) - trailingZeros(magnitude));
  }
  return most;
}

const trailingZeros = (value: number): number => 31 - Math.clz32(value & -value);

/** Sum of the lengths in bits of differences from a base. */
function lengthsFrom(words: number[], base: number): number {
  return words.reduce((sum, word) => sum + Math.log2(1 + Math.abs(word - base)), 0);
}

/** The median where it is worth its cost, else 0. */
function baseOf(words: Uint32Array, { width, low }: Style): number {
  const signs = Array.from(words, (word) => (word >= 2 ** (width - 1) ? word - 2 ** width : word));
  signs.sort((a, b) => a - b);
  const median = Math.round((signs[signs.length >> 1] ?? 0) / 2 ** low);
  if (median === 0 || Math.abs(median) > mostBase) return 0;
  const base = median * 2 ** low;
  if (lengthsFrom(signs, 0) - lengthsFrom(signs, base) < baseBits) return 0;
  return (base + 2 ** width) % 2 ** width;
}

/**
 * Bases and shifts for one style, and the shape of its tokens.
 *
 * @param values words that have symbols of their own and do not count
 */
export function segmentsOf(words: Uint32Array, lengths: number[], values: number[], style: Style) {
  const { width, low, split, mantissa } = style;
  const known = new Set(values);
  const shape: TokenShape = { width, low, split, mantissa, precision: width };
  if (!style.float && !style.bases && low === 0) {
    const enough = significantBits(
      words.filter((word) => !known.has(word)),
      width,
    );
    shape.precision = Math.max(enough, split + 1);
  }
  let at = 0;
  const found = lengths.map((length) => {
    const own = words.subarray(at, at + length).filter((word) => !known.has(word));
    at += length;
    const base = style.bases ? baseOf(own, style) : 0;
    const tokens = own.map((word) => tokenOf(shape, signed(word, base, style.float, width).magnitude)).sort();
    return { length, base, typical: tokens[Math.floor(tokens.length * aligned)] ?? null };
  });
  const most = found.reduce((high, { typical }) => Math.max(high, typical ?? 0), 0);
  const segments = found.map(({ length, base, typical }): Segment => {
    return { length, base, shift: style.shifts && typical !== null ? typical - most : 0 };
  });
  return { shape, segments };
}
