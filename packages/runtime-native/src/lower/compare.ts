import { dtypeName, TensorType } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { hasCodes } from '../plan/unsigned.js';
import { broadcastShape, broadcastTo } from './broadcast.js';
import { multipliersOf } from './scales.js';

/** Numbers of native/kernels/compare/compare.h. */
const operations: Record<string, number> = {
  EQUAL: 0,
  NOT_EQUAL: 1,
  GREATER: 2,
  GREATER_EQUAL: 3,
  LESS: 4,
  LESS_EQUAL: 5,
  LOGICAL_AND: 6,
  LOGICAL_OR: 7,
  LOGICAL_NOT: 8,
};

const { BOOL, FLOAT32, INT32, INT64 } = TensorType;

/**
 * EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS and LESS_EQUAL, to bool. Codes are compared after scaling both, rounded to 1/2^8
 * (tflite's reference/comparisons.h).
 */
export function lowerCompare(context: OpContext): void {
  const [a, b] = [context.inputIndex(0), context.inputIndex(1)];
  if (hasCodes(context.source(a))) {
    emitCompare(context, multipliersOf(context, [fraction(context, a), fraction(context, b)], 0));
    return;
  }
  const { type } = context.source(a);
  const types = [INT32, INT64, FLOAT32, ...(context.op.name.endsWith('EQUAL') ? [BOOL] : [])];
  if (!types.includes(type) || (type === BOOL && operations[context.op.name]! > 1)) {
    const expected = 'int8, uint8, int32, int64, float32; for EQUAL and NOT_EQUAL bool, too';
    throw context.unsupported('wrong element type', { tensor: a, expected, received: dtypeName(type) });
  }
  context.expectType(b, type);
  emitCompare(context, []);
}

/** A scale that TFLite takes for comparing: smaller than 1. */
function fraction(context: OpContext, x: number): number {
  const { scale } = context.int8(x);
  if (scale < 1) return scale;
  throw context.unsupported('the scale is too large to compare by', {
    tensor: x,
    expected: 'less than 1',
    received: `${scale}`,
  });
}

/** LOGICAL_AND and LOGICAL_OR. */
export function lowerLogical(context: OpContext): void {
  for (const i of [0, 1]) context.expectType(context.inputIndex(i), BOOL);
  emitCompare(context, []);
}

/** LOGICAL_NOT: not both, of the input and itself. */
export function lowerLogicalNot(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  for (const index of [x, y]) context.expectType(index, BOOL);
  context.expectShape(y, context.source(x).shape);
  const input = context.use(x);
  context.emit('COMPARE', [input, input], [context.use(y)], [operations.LOGICAL_NOT!]);
}

function emitCompare(context: OpContext, parameters: readonly number[]): void {
  const [a, b, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  const shape = broadcastShape(context, context.source(a).shape, context.source(b).shape);
  context.expectType(y, BOOL);
  context.expectShape(y, shape);
  const inputs = [a, b].map((x) => broadcastTo(context, x, shape));
  context.emit('COMPARE', inputs, [context.use(y)], [operations[context.op.name]!, ...parameters]);
}
