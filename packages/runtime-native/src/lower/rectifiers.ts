import { LeakyReluOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { roundingDivide, scaled, shiftLeft } from './fixed-point.js';
import { multiplierOf, roundedFactor } from './scales.js';
import { emitTable } from './table.js';

/** LEAKY_RELU: two multipliers, for either side of zero. A negative slope mirrors; LiteRT, and so uint8, rounds ties otherwise then. */
export function lowerLeakyRelu(context: OpContext): void {
  const { alpha } = context.options(LeakyReluOptionsT);
  if (alpha < 0 && context.isUnsigned(context.inputIndex(0))) {
    throw context.unsupported('the slope is negative', {
      expected: 'at least 0 for uint8',
      received: `${alpha}`,
    });
  }
  const rounded = (factor: number) => roundedFactor(context, context.inputIndex(0), factor);
  emitTable(context, (input, output) => {
    const factor = rounded(rounded(input.scale * alpha) / output.scale);
    const slope = multiplierOf(context, Math.abs(factor));
    const identity = multiplierOf(context, rounded(input.scale / output.scale));
    return (code) => {
      const value = code - input.zeroPoint;
      if (value >= 0) return scaled(value, identity) + output.zeroPoint;
      const signed = { multiplier: Math.sign(factor) * slope.multiplier, shift: slope.shift };
      return scaled(value, signed) + output.zeroPoint;
    };
  });
}

/** ELU: each answer in binary32 (tflite-micro's elu.cc). */
export function lowerElu(context: OpContext): void {
  const { fround } = Math;
  emitTable(context, (input, output) => {
    const inverse = fround(1 / output.scale);
    return (code) => {
      const real = fround(input.scale * (code - input.zeroPoint));
      const result = real < 0 ? fround(fround(Math.exp(real)) - 1) : real;
      const steps = fround(result * inverse);
      return Math.sign(steps) * Math.round(Math.abs(steps)) + output.zeroPoint;
    };
  });
}

const int16 = { min: -(2 ** 15), max: 2 ** 15 - 1 };
const clampInt16 = (x: number) => Math.max(int16.min, Math.min(int16.max, x));

/** gemmlowp's SaturatingRoundingDoublingHighMul of 16 bits: half away from zero, but −1/2 becomes 0. */
function doublingHighMultiply16(a: number, b: number): number {
  const product = a * b;
  return clampInt16(Math.trunc((product + (product >= 0 ? 2 ** 14 : 1 - 2 ** 14)) / 2 ** 15));
}

/** A multiplier of 16 bits, in [2^14, 2^15). */
function multiplier16(context: OpContext, real: number): { multiplier: number; shift: number } {
  const { multiplier, shift } = multiplierOf(context, real);
  if (shift < -15) throw context.unsupported('the scales are too far apart', { received: `factor ${real}` });
  return { multiplier: Math.min(int16.max, Math.floor((multiplier + 2 ** 15) / 2 ** 16)), shift };
}

/** HARD_SWISH: x × relu6(x + 3) / 6 in 16 bits (tflite's reference/hard_swish.h; multipliers of hard_swish_common.cc). */
export function lowerHardSwish(context: OpContext): void {
  const { fround } = Math;
  emitTable(context, (input, output) => {
    const fine = fround(input.scale / 128);
    const toOutput = multiplier16(context, fround(fine / output.scale));
    if (toOutput.shift > 0) {
      throw context.unsupported('the output scale is too small', { received: `${output.scale}` });
    }
    const toReluish = multiplier16(context, fround(fine / fround(3 / 2 ** 15)));
    return (code) => {
      const value = (code - input.zeroPoint) * 128;
      // x / 3, saturating at ±1, then moved to [0, 1].
      let reluish = value;
      if (toReluish.shift > 0) reluish = clampInt16(shiftLeft(reluish, toReluish.shift - 1));
      reluish = doublingHighMultiply16(reluish, toReluish.multiplier);
      if (toReluish.shift > 0) reluish = clampInt16(shiftLeft(reluish, 1));
      if (toReluish.shift < 0) reluish = roundingDivide(reluish, -toReluish.shift);
      reluish = (reluish + 2 ** 15) >> 1;
      const product = reluish * doublingHighMultiply16(value, toOutput.multiplier);
      return roundingDivide(Math.trunc(product / 2 ** 15), -toOutput.shift) + output.zeroPoint;
    };
  });
}
