import { type TensorT, TensorType } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { sameShape } from '../plan/plan.js';
import { expectSameQuantization } from './activation.js';
import { broadcastShape, broadcastTo } from './broadcast.js';

/** SELECT_V2: all three inputs are repeated along dimensions where they have size 1. */
export function lowerSelectV2(context: OpContext): void {
  const { shape } = context.source(context.inputIndex(0));
  emitSelect(context, shape);
}

/** SELECT: a condition of one dimension chooses whole slices along the first. */
export function lowerSelect(context: OpContext): void {
  const { shape } = context.source(context.inputIndex(0));
  const chosen = context.source(context.inputIndex(1)).shape;
  context.expectShape(context.inputIndex(2), chosen);
  const slices = shape.length === 1 && shape[0] === chosen[0];
  if (!slices && shape.length > 0 && !sameShape(shape, chosen))
    context.expectShape(context.inputIndex(0), chosen);
  emitSelect(context, slices ? [shape[0]!, ...chosen.slice(1).map(() => 1)] : shape);
}

const isQuantized = ({ quantization }: TensorT) => (quantization?.scale.length ?? 0) > 0;

/** @param conditionShape the shape by which the condition is repeated */
function emitSelect(context: OpContext, conditionShape: readonly number[]): void {
  const [condition, a, b] = [context.inputIndex(0), context.inputIndex(1), context.inputIndex(2)];
  const y = context.outputIndex(0);
  context.expectType(condition, TensorType.BOOL);
  for (const x of [a, b]) {
    context.expectType(x, context.source(y).type);
    if (isQuantized(context.source(x))) expectSameQuantization(context, x, y);
  }
  const shape = broadcastShape(context, conditionShape, context.source(a).shape, context.source(b).shape);
  context.expectShape(y, shape);
  const inputs = [
    broadcastTo(context, condition, shape, conditionShape),
    ...[a, b].map((x) => broadcastTo(context, x, shape)),
  ];
  context.emit('SELECT', inputs, [context.use(y)], []);
}
