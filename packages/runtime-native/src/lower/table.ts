import type { OpContext } from '../plan/op-context.js';
import { expectQuantization, expectSameElements, type Int8Activation } from './activation.js';
import { inverseSquareRoot, logistic, roundingDivide, scaled, tanh } from './fixed-point.js';
import { multiplierOf } from './scales.js';

/** What a function makes of an input code, clamped to int8 by whoever asks. */
export type Rule = (code: number) => number;

/** Tables hold the answers for the codes −128 to 127. */
export function emitTable(
  context: OpContext,
  rule: (input: Int8Activation, output: Int8Activation) => Rule,
): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const [input, output] = [context.int8(x), context.int8(y)];
  expectSameElements(context, x, y);
  const answer = rule(input, output);
  const table = Int8Array.from({ length: 256 }, (_, i) => Math.max(-128, Math.min(127, answer(i - 128))));
  context.emit('TABLE', [context.use(x), context.constant('table', table)], [context.use(y)], []);
}

/** LOGISTIC and TANH share it: 4 integer bits, and beyond what these hold the ends (tflite's integer_ops/logistic.h, tanh.h). */
function sigmoidRule(context: OpContext, input: Int8Activation, inner: (x: number) => number): Rule {
  // Beyond 31 bits nothing but the ends is left.
  const multiplier = multiplierOf(context, input.scale * 2 ** 27, Number.POSITIVE_INFINITY);
  if (multiplier.shift < 0) {
    throw context.unsupported('the input scale is too small', { received: `${input.scale}` });
  }
  const radius = Math.floor((15 * 2 ** 27) / 2 ** multiplier.shift);
  return (code) => {
    const value = code - input.zeroPoint;
    if (Math.abs(value) >= radius) return value > 0 ? 127 : -128;
    return inner(scaled(value, multiplier));
  };
}

/** LOGISTIC: the output is always 1/256, −128. */
export function lowerLogistic(context: OpContext): void {
  emitTable(context, (input, output) => {
    expectQuantization(context, output, 1 / 256, -128);
    return sigmoidRule(context, input, (x) => roundingDivide(logistic(x), 23) - 128);
  });
}

/** TANH: the output is always 1/128, 0. */
export function lowerTanh(context: OpContext): void {
  emitTable(context, (input, output) => {
    expectQuantization(context, output, 1 / 128, 0);
    return sigmoidRule(context, input, (x) => roundingDivide(tanh(x), 24));
  });
}

/** ABS, rescaled when the scales differ (tflite-micro's elementwise.cc). */
export function lowerAbs(context: OpContext): void {
  emitTable(context, (input, output) => {
    const multiplier = multiplierOf(context, input.scale / output.scale);
    const rescale = (value: number) => (input.scale === output.scale ? value : scaled(value, multiplier));
    return (code) => rescale(Math.abs(code - input.zeroPoint)) + output.zeroPoint;
  });
}

/**
 * RSQRT (tflite-micro's elementwise.cc). Zero becomes the largest code. So do negative values, for which TFLite Micro ends the
 * inference with an error.
 */
export function lowerRsqrt(context: OpContext): void {
  emitTable(context, (input, output) => {
    const { multiplier, shift } = multiplierOf(context, 1 / (Math.sqrt(input.scale) * output.scale), 50);
    const spare = 20; // keeps the reciprocal root an integer
    if (shift - spare < -31) {
      throw context.unsupported('the scales are too far apart', {
        received: `${input.scale} to ${output.scale}`,
      });
    }
    return (code) => {
      const value = code - input.zeroPoint;
      if (value <= 0) return 127;
      const root = inverseSquareRoot(value);
      const data = scaled(1, { multiplier: root.multiplier, shift: root.shift + spare });
      return scaled(data, { multiplier, shift: shift - spare }) + output.zeroPoint;
    };
  });
}
