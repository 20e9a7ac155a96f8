import type { OpContext } from '../plan/op-context.js';
import { expectQuantization, expectSameQuantization } from './activation.js';
import { emitTable } from './table.js';

const { fround } = Math;

/**
 * A function of real numbers by LiteRT's lookup table: each code's real number, what the function makes of it, and the nearest code,
 * every step in binary32. What is no number, and what is too small for int32, becomes the lowest code.
 */
function lowerCurve(context: OpContext, curve: (real: number) => number): void {
  emitTable(context, (input, output) => {
    const inverse = fround(1 / output.scale);
    return (code) => {
      const steps = fround(fround(curve(fround(input.scale * (code - input.zeroPoint)))) * inverse);
      const rounded = Math.sign(steps) * Math.round(Math.abs(steps));
      return Number.isNaN(rounded) ? -128 : rounded + output.zeroPoint;
    };
  });
}

/** EXP. */
export const lowerExp = (context: OpContext): void => lowerCurve(context, Math.exp);

/** LOG: of what is negative, the lowest code. */
export const lowerLog = (context: OpContext): void => lowerCurve(context, Math.log);

/** SQRT: LiteRT cuts the root off instead of rounding it. What is negative counts as zero; there the inference ends. */
export function lowerSqrt(context: OpContext): void {
  emitTable(context, (input, output) => (code) => {
    const real = fround(input.scale * Math.max(0, code - input.zeroPoint));
    return Math.trunc(fround(fround(Math.sqrt(real)) / output.scale)) + output.zeroPoint;
  });
}

/** A curve whose output always has one quantization. */
function lowerFixedCurve(
  context: OpContext,
  scale: number,
  zeroPoint: number,
  curve: (real: number) => number,
): void {
  expectQuantization(context, context.int8(context.outputIndex(0)), scale, zeroPoint);
  lowerCurve(context, curve);
}

/** The operators that have rules of their own when their first input is uint8: LiteRT has tables of the real functions there. */
export const loweringsUnsigned: Record<string, (context: OpContext) => void> = {
  LOGISTIC: (context) =>
    lowerFixedCurve(context, 1 / 256, -128, (real) => fround(1 / fround(1 + fround(Math.exp(-real))))),
  TANH: (context) => lowerFixedCurve(context, 1 / 128, 0, Math.tanh),
};

/**
 * NEG of codes that mean the same on both sides of zero. −128 stays what it is, as in LiteRT, which negates any codes.
 */
export function lowerNeg(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  expectSameQuantization(context, x, y);
  expectQuantization(context, context.int8(y), context.int8(x).scale, 0);
  emitTable(context, () => (code) => (code === -128 ? code : -code));
}
