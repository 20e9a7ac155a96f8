import { TensorType } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { axisOf } from './axes.js';

/** ARG_MAX and ARG_MIN along a constant axis, to int32; the first of equal codes. */
export function lowerArgExtreme(context: OpContext): void {
  const [x, axisInput, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  const { shape, type } = context.source(x);
  context.expectType(x, type === TensorType.FLOAT32 ? type : TensorType.INT8);
  context.expectType(y, TensorType.INT32);
  const axis = axisOf(context, x, context.integers(axisInput)[0]);
  context.expectShape(
    y,
    shape.filter((_, i) => i !== axis),
  );
  const largest = context.op.name === 'ARG_MAX' ? 1 : 0;
  context.emit('ARG_EXTREME', [context.use(x)], [context.use(y)], [axis, largest]);
}
