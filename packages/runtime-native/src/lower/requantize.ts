import type { OpContext } from '../plan/op-context.js';
import { shapeElements } from '../plan/plan.js';
import { quantizeValue } from './activation.js';
import { multiplierOf } from './scales.js';

interface Range {
  min: number;
  max: number;
}

/** QUANTIZE from int8 to int8. */
export function lowerRequantize(context: OpContext): void {
  emitRequantize(context, () => ({ min: -128, max: 127 }));
}

/** Real values between which each operator keeps its output. */
const bounds: Record<string, [number, number]> = {
  RELU: [0, Number.POSITIVE_INFINITY],
  RELU6: [0, 6],
  RELU_N1_TO_1: [-1, 1],
  RELU_0_TO_1: [0, 1],
};

/**
 * RELU and its kin as operators of their own; the output may have another scale. The factor between the scales is one of binary64 in
 * TensorFlow Lite Micro, and of binary32 in LiteRT, which alone has RELU_N1_TO_1, RELU_0_TO_1 and uint8.
 */
export function lowerRelu(context: OpContext): void {
  const [low, high] = bounds[context.op.name]!;
  const range = (output: { scale: number; zeroPoint: number }) => ({
    min: Math.max(-128, quantizeValue(low, output)),
    max: Math.min(127, quantizeValue(high, output)),
  });
  const single = context.op.name.endsWith('_TO_1') || context.isUnsigned(context.inputIndex(0));
  emitRequantize(context, range, single ? Math.fround : undefined);
}

function emitRequantize(
  context: OpContext,
  range: (output: { scale: number; zeroPoint: number }) => Range,
  rounded: (factor: number) => number = (factor) => factor,
): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const input = context.int8(x);
  const output = context.int8(y);
  if (shapeElements(input.shape) !== shapeElements(output.shape)) context.expectShape(y, input.shape);
  const { multiplier, shift } = multiplierOf(context, rounded(input.scale / output.scale));
  const { min, max } = range(output);
  const high = Math.max(min, max);
  context.emit('REQUANTIZE', [context.use(x)], [context.use(y)], [multiplier, shift, min, high]);
}
