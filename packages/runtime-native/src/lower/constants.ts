import { TensorType } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { emitRearrange, steps } from './rearrange.js';

const arrays = {
  [TensorType.INT8]: Int8Array,
  [TensorType.INT32]: Int32Array,
  [TensorType.FLOAT32]: Float32Array,
} as const;

/** ZEROS_LIKE: elements that are 0 as they stand, whatever the zero point. */
export function lowerZerosLike(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const { type, shape } = context.source(x);
  context.expectShape(y, shape);
  const array = arrays[type as keyof typeof arrays];
  if (!array) context.expectType(x, TensorType.INT8);
  const zero = context.constant('zero', new array(1));
  emitRearrange(
    context,
    x,
    y,
    shape.map((size) => steps(size, 0)),
    { constant: zero },
  );
}

/** RANK: a copy of a constant, too. */
export function lowerRank(context: OpContext): void {
  const y = context.outputIndex(0);
  context.expectType(y, TensorType.INT32);
  context.expectShape(y, []);
  const constant = context.constant(
    'rank',
    Int32Array.of(context.source(context.inputIndex(0)).shape.length),
    [],
  );
  context.emit('COPY', [constant], [context.use(y)], []);
}

/** SHAPE, which is known beforehand: a copy of a constant. */
export function lowerShape(context: OpContext): void {
  const y = context.outputIndex(0);
  const { shape } = context.source(context.inputIndex(0));
  context.expectType(y, TensorType.INT32);
  context.expectShape(y, [shape.length]);
  const constant = context.constant('shape', Int32Array.from(shape));
  context.emit('COPY', [constant], [context.use(y)], []);
}
