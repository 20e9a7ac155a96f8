import { CumsumOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { expectSameQuantization } from './activation.js';
import { axisOf } from './axes.js';
import { multipliersOf } from './scales.js';

/** Codes are scaled up by 2^20 and halved before they meet, so that rounding them costs nothing visible. */
const leftShift = 20;

function sumParameters(context: OpContext, x: number, y: number): number[] {
  const [input, output] = [context.int8(x), context.int8(y)];
  const toOutput = (2 * input.scale) / (2 ** leftShift * output.scale);
  return [leftShift, ...multipliersOf(context, [0.5, toOutput], 0)];
}

/** ADD_N: inputs of one shape and quantization. */
export function lowerAddN(context: OpContext): void {
  const inputs = context.op.operator.inputs.map((_, i) => context.inputIndex(i));
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  for (const input of inputs) {
    expectSameQuantization(context, x, input);
    context.expectShape(input, context.source(y).shape);
  }
  const used = inputs.map((input) => context.use(input));
  context.emit('ADD_N', used, [context.use(y)], sumParameters(context, x, y));
}

/** CUMSUM along a constant axis. */
export function lowerCumsum(context: OpContext): void {
  const { exclusive, reverse } = context.options(CumsumOptionsT);
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const parameters = sumParameters(context, x, y);
  context.expectShape(y, context.source(x).shape);
  const axis = axisOf(context, x, context.integers(context.inputIndex(1))[0]);
  const flags = [Number(exclusive), Number(reverse)];
  context.emit('CUMSUM', [context.use(x)], [context.use(y)], [...parameters, axis, ...flags]);
}
