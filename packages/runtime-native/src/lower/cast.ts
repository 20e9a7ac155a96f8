import { dtypeName, TensorType } from '@weightfold/tflite';
import { typeNumbers } from '../plan/encode.js';
import type { OpContext } from '../plan/op-context.js';
import type { PlanType } from '../plan/plan.js';
import { expectSameElements } from './activation.js';

/** CAST of elements as they are: what quantization makes of them does not matter. */
export function lowerCast(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  expectSameElements(context, x, y);
  for (const index of [x, y]) {
    if (context.source(index).type !== TensorType.INT64) continue;
    const expected = 'int8, uint8, int16, int32 or float32';
    throw context.unsupported('wrong element type', { tensor: index, expected, received: 'int64' });
  }
  const inputs = [context.use(x)];
  const outputs = [context.use(y)];
  context.emit('CAST', inputs, outputs, [typeNumbers[dtypeName(context.source(y).type) as PlanType]]);
}
