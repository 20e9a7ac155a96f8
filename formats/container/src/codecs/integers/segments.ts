import { magnitudeOf, type TokenShape, tokenOf } from './shape.js';

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

/** Words that have symbols of their own. */
export interface Known {
  values: number[];
  /** Per word, which value it is; the number of values for all others. */
  index: Uint8Array;
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
    const magnitude = magnitudeOf(word, 0, false, width);
    if (magnitude > 0) most = Math.max(most, 32 - Math.clz32(magnitude) - trailingZeros(magnitude));
  }
  return most;
}

const trailingZeros = (value: number): number => 31 - Math.clz32(value & -value);

/** Sum of the lengths in bits of differences from a base. */
function lengthsFrom(words: Int32Array, base: number): number {
  return words.reduce((sum, word) => sum + Math.log2(1 + Math.abs(word - base)), 0);
}

/** The median where it is worth its cost, else 0. */
function baseOf(words: Uint32Array, { width, low }: Style): number {
  const signs = Int32Array.from(words, (word) => (width === 32 ? word | 0 : (word << 16) >> 16)).sort();
  const median = Math.round((signs[signs.length >> 1] ?? 0) / 2 ** low);
  if (median === 0 || Math.abs(median) > mostBase) return 0;
  const base = median * 2 ** low;
  if (lengthsFrom(signs, 0) - lengthsFrom(signs, base) < baseBits) return 0;
  return (base + 2 ** width) % 2 ** width;
}

/** Bases and shifts for one style, and the shape of its tokens. Words that are known do not count. */
export function segmentsOf(words: Uint32Array, lengths: number[], known: Known, style: Style) {
  const { width, low, split, mantissa, float } = style;
  const shape: TokenShape = { width, low, split, mantissa, precision: width };
  const unknown = words.map((_, i) => (known.index[i] === known.values.length ? 1 : 0));
  if (!float && !style.bases && low === 0) {
    const enough = significantBits(
      words.filter((_, i) => unknown[i] === 1),
      width,
    );
    shape.precision = Math.max(enough, split + 1);
  }
  let at = 0;
  const found = lengths.map((length) => {
    const start = at;
    at += length;
    if (!style.bases && !style.shifts) return { length, base: 0, typical: null };
    const own = words.subarray(start, at).filter((_, i) => unknown[start + i] === 1);
    const base = style.bases ? baseOf(own, style) : 0;
    return { length, base, typical: style.shifts ? typicalToken(own, base, shape, float) : null };
  });
  const most = found.reduce((high, { typical }) => Math.max(high, typical ?? 0), 0);
  const segments = found.map(({ length, base, typical }): Segment => {
    return { length, base, shift: typical === null ? 0 : typical - most };
  });
  return { shape, segments };
}

/** The token that the shifts lay on one another; null where there are no words. */
function typicalToken(words: Uint32Array, base: number, shape: TokenShape, float: boolean): number | null {
  const tokens = words.map((word) => tokenOf(shape, magnitudeOf(word, base, float, shape.width))).sort();
  return tokens[Math.floor(tokens.length * aligned)] ?? null;
}
