import { dtypeName, TensorType } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { broadcastShape, broadcastTo } from './broadcast.js';

const { INT8, INT16, INT32, INT64 } = TensorType;

/**
 * FLOOR_DIV and FLOOR_MOD of integers as they stand, whatever their quantization (float32: lower/float32.ts). Divided by zero is zero,
 * where LiteRT ends the inference.
 */
export function lowerFloorDivision(context: OpContext): void {
  const [a, b, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  const { type, shape: first } = context.source(a);
  const remainder = context.op.name === 'FLOOR_MOD';
  if (![INT8, INT16, INT32, ...(remainder ? [INT64] : [])].includes(type)) {
    const expected = 'int8, int16, int32, float32; for FLOOR_MOD int64, too';
    throw context.unsupported('wrong element type', { tensor: a, expected, received: dtypeName(type) });
  }
  for (const index of [a, b, y]) context.expectType(index, type);
  const shape = broadcastShape(context, first, context.source(b).shape);
  context.expectShape(y, shape);
  const inputs = [a, b].map((x) => broadcastTo(context, x, shape));
  context.emit('FLOOR_DIVISION', inputs, [context.use(y)], [remainder ? 1 : 0]);
}
