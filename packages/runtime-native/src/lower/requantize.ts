import { quantizeMultiplier } from '../plan/multiplier.js';
import type { OpContext } from '../plan/op-context.js';
import { shapeElements } from '../plan/plan.js';
import { quantizeValue } from './activation.js';

interface Range {
  min: number;
  max: number;
}

/** QUANTIZE from int8 to int8. */
export function lowerRequantize(context: OpContext): void {
  emitRequantize(context, () => ({ min: -128, max: 127 }));
}

/** RELU and RELU6 as operators of their own; the output may have another scale. */
export function lowerRelu(context: OpContext): void {
  emitRequantize(context, (output) => ({
    min: Math.max(-128, quantizeValue(0, output)),
    max: context.op.name === 'RELU6' ? Math.min(127, quantizeValue(6, output)) : 127,
  }));
}

function emitRequantize(
  context: OpContext,
  range: (output: { scale: number; zeroPoint: number }) => Range,
): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const input = context.int8(x);
  const output = context.int8(y);
  if (shapeElements(input.shape) !== shapeElements(output.shape)) context.expectShape(y, input.shape);
  const { multiplier, shift } = quantizeMultiplier(input.scale / output.scale);
  const { min, max } = range(output);
  const high = Math.max(min, max);
  context.emit('REQUANTIZE', [context.use(x)], [context.use(y)], [multiplier, shift, min, high]);
}
