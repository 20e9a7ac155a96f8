import { ReducerOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { expectSameQuantization } from './activation.js';
import { axisOf } from './axes.js';
import { multiplierOf } from './scales.js';

/** Numbers of native/kernels/reduce/reduce.h. */
const operations: Record<string, number> = { MEAN: 0, SUM: 1, REDUCE_MAX: 2, REDUCE_MIN: 3 };

/** MEAN, SUM, REDUCE_MAX and REDUCE_MIN over constant dimensions, kept with size 1 or dropped. */
export function lowerReduce(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const [input, output] = [context.int8(x), context.int8(y)];
  const axes = new Set(context.integers(context.inputIndex(1)).map((axis) => axisOf(context, x, axis)));
  const { keepDims } = context.options(ReducerOptionsT);
  const kept = input.shape.flatMap((size, i) => (!axes.has(i) ? [size] : keepDims ? [1] : []));
  context.expectShape(y, kept);
  const extreme = context.op.name.startsWith('REDUCE_');
  if (extreme) expectSameQuantization(context, x, y);
  const { multiplier, shift } = multiplierOf(context, extreme ? 0 : input.scale / output.scale);
  const inputs = [context.use(x)];
  const spatial = context.op.name === 'MEAN' && input.shape.length === 4 && axes.size === 2;
  if (spatial && axes.has(1) && axes.has(2)) {
    context.emit('MEAN', inputs, [context.use(y)], [multiplier, shift]);
    return;
  }
  const mask = [...axes].reduce((bits, axis) => bits | (1 << axis), 0);
  const operation = operations[context.op.name]!;
  context.emit('REDUCE', inputs, [context.use(y)], [operation, mask, multiplier, shift]);
}
