// gemmlowp's fixed point for tables that lowering computes: a number with i integer bits is raw × 2^(i − 31). The native
// twins of these functions are in native/base/requantize.h and fixed_point.h.
import type { QuantizedMultiplier } from '../plan/multiplier.js';

const largest = 2 ** 31 - 1;

/** round(a × b / 2^31), half up: SaturatingRoundingDoublingHighMul. */
export function doublingHighMultiply(a: number, b: number): number {
  if (a === -(2 ** 31) && b === a) return largest;
  return Number((BigInt(a) * BigInt(b) + (1n << 30n)) >> 31n);
}

/** x / 2^exponent, half away from zero: RoundingDivideByPOT. */
export function roundingDivide(x: number, exponent: number): number {
  return Math.sign(x) * Math.floor(Math.abs(x) / 2 ** exponent + 0.5);
}

/** x × 2^exponent, saturating. */
export function shiftLeft(x: number, exponent: number): number {
  return Math.max(-(2 ** 31), Math.min(largest, x * 2 ** exponent));
}

/** MultiplyByQuantizedMultiplier with double rounding; the left shift wraps around, as it does there. */
export function scaled(x: number, { multiplier, shift }: QuantizedMultiplier): number {
  const product = doublingHighMultiply(shift > 0 ? x << shift : x, multiplier);
  return roundingDivide(product, Math.max(0, -shift));
}

/** exp(a) for a in [−1/4, 0), Q0.31: a Taylor expansion around −1/8. */
function expSmall(a: number): number {
  const x = a + 2 ** 28;
  const square = doublingHighMultiply(x, x);
  const cube = doublingHighMultiply(square, x);
  const fourth = roundingDivide(doublingHighMultiply(square, square), 2);
  const series = roundingDivide(doublingHighMultiply(fourth + cube, 715827883) + square, 1);
  return 1895147668 + doublingHighMultiply(1895147668, x + series);
}

/** exp(−1/4), exp(−1/2), exp(−1) … exp(−16), Q0.31. */
const powersOfExp = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

/** exp(a) for a ≤ 0 with `integerBits` (4 or 5), to Q0.31. */
export function expOnNegative(a: number, integerBits: number): number {
  if (a === 0) return largest;
  const quarter = 2 ** (29 - integerBits);
  const remainder = (a & (quarter - 1)) - quarter;
  const whole = (remainder - a) / quarter;
  let result = expSmall(shiftLeft(remainder, integerBits));
  for (const [bit, factor] of powersOfExp.entries()) {
    if (bit < integerBits + 2 && whole & (1 << bit)) result = doublingHighMultiply(result, factor);
  }
  return result;
}

/** (1 + a) / 2 and its reciprocal with 2 integer bits, for a in [0, 1): three Newton–Raphson steps from 48/17 − 32/17 × (1 + a)/2. */
function reciprocalOfHalf(a: number): number {
  const half = Math.floor((a + largest + 1) / 2);
  let x = 1515870810 + doublingHighMultiply(half, -1010580540);
  for (let i = 0; i < 3; i++) {
    x += shiftLeft(doublingHighMultiply(x, 2 ** 29 - doublingHighMultiply(half, x)), 2);
  }
  return x;
}

/** 1 / (1 + e^−a) for a with 4 integer bits, Q0.31. */
export function logistic(a: number): number {
  if (a === 0) return 2 ** 30;
  const positive = shiftLeft(reciprocalOfHalf(expOnNegative(-Math.abs(a), 4)), 1);
  return a > 0 ? positive : largest - positive;
}

/** tanh(a) for a with 4 integer bits, Q0.31. */
export function tanh(a: number): number {
  if (a === 0) return 0;
  // The same bits with one integer bit more are 2 × a.
  const positive = shiftLeft(reciprocalOfHalf(expOnNegative(-Math.abs(a), 5)) - 2 ** 29, 2);
  return a > 0 ? positive : -positive;
}

/** 1 / √x for x ≥ 0 as a multiplier; 0 counts as 1. Five Newton–Raphson steps from 1. */
export function inverseSquareRoot(x: number): QuantizedMultiplier {
  if (x <= 1) return { multiplier: largest, shift: 0 };
  const pairs = (Math.clz32(x) - 1) >> 1;
  const right = 12 - pairs;
  const half = roundingDivide(2 ** (2 * pairs - 3) * x, 1);
  let root = 2 ** 28;
  for (let i = 0; i < 5; i++) {
    const cube = shiftLeft(doublingHighMultiply(doublingHighMultiply(root, root), root), 6);
    root = shiftLeft(doublingHighMultiply(3 * 2 ** 27, root) - doublingHighMultiply(half, cube), 3);
  }
  const multiplier = doublingHighMultiply(root, 1518500250);
  return right < 0 ? { multiplier: multiplier * 2 ** -right, shift: 0 } : { multiplier, shift: -right };
}
