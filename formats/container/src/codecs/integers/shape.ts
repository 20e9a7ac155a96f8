/** How words are cut into tokens and raw bits: hybrid integers as in JPEG XL (ISO/IEC 18181-1), with low bits left out first. */
export interface TokenShape {
  /** Bits of a word: 16 or 32. */
  width: number;
  /** Low bits of a magnitude that no token knows. */
  low: number;
  /** Magnitudes (without their low bits) below 2^split are tokens of their own. */
  split: number;
  /** Bits after the leading 1 that the token of a larger one knows; at most `split`. */
  mantissa: number;
  /** Significant bits: those below the first `precision` of a magnitude are 0. More than `split`. */
  precision: number;
}

export const mostLow = 31;
export const mostSplit = 9;
export const mostMantissa = 3;
/** Most magnitudes, and so symbols of one sign. */
export const mostWindow = 127;
export const mostClasses = 16;
export const mostSegments = 65536;
/** Number contexts of class maps (0 to 15), segments (16 to 18); the tables have theirs from 32 on. */
export const contexts = { class: 0, length: 16, base: 17, shift: 18 } as const;

/** Bits of the first byte. */
export const flags = { wide: 1, float: 2, bases: 4, shifts: 8, precision: 16 } as const;
export const resolutionShift = 5;

/** Numbers of tokens of magnitudes below 2^width. */
export function tokenCount({ width, low, split, mantissa }: TokenShape): number {
  return 2 ** split + (width - low - split) * 2 ** mantissa;
}

/** Least magnitude of a token, how many raw bits go on top of it, and by how much they are shifted. */
export interface TokenRange {
  least: number;
  bits: number;
  shift: number;
}

/** @param token below tokenCount */
export function tokenRange(shape: TokenShape, token: number): TokenRange {
  const { low, split, mantissa, precision } = shape;
  let top = token;
  let exponent = 31 - Math.clz32(token);
  let bits = low;
  if (token >= 2 ** split) {
    const beyond = token - 2 ** split;
    exponent = split + (beyond >> mantissa);
    top = 2 ** mantissa + (beyond & (2 ** mantissa - 1));
    bits = exponent - mantissa + low;
  }
  const shift = token === 0 ? 0 : Math.max(0, exponent + low + 1 - precision);
  return { least: top * 2 ** bits, bits: bits - shift, shift };
}

/** @param magnitude below 2^width */
export function tokenOf({ low, split, mantissa }: TokenShape, magnitude: number): number {
  const rest = magnitude >>> low;
  if (rest < 1 << split) return rest;
  const exponent = 31 - Math.clz32(rest);
  const top = (rest >>> (exponent - mantissa)) - (1 << mantissa);
  return (1 << split) + ((exponent - split) << mantissa) + top;
}

/** The low bits of a number. @param width 16 or 32 */
function modulo(value: number, width: number): number {
  return width === 32 ? value >>> 0 : value & 0xffff;
}

/** Sign of a word: of a binary floating-point number, or of its difference from the base modulo 2^width. */
export function isNegative(word: number, base: number, float: boolean, width: number): boolean {
  return (float ? word : modulo(word - base, width)) >>> (width - 1) === 1;
}

/** Magnitude of a word: a binary floating-point number without its sign bit, or its difference from the base. */
export function magnitudeOf(word: number, base: number, float: boolean, width: number): number {
  if (float) return modulo(word & ~(1 << (width - 1)), width);
  return isNegative(word, base, float, width) ? modulo(base - word, width) : modulo(word - base, width);
}

/** The word again. */
export function unsigned(
  negative: boolean,
  magnitude: number,
  base: number,
  float: boolean,
  width: number,
): number {
  const modulus = 2 ** width;
  if (float) return (magnitude + (negative ? modulus / 2 : 0)) % modulus;
  return (base + (negative ? modulus - magnitude : magnitude)) % modulus;
}
