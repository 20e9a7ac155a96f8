import type { OpContext } from '../plan/op-context.js';
import { hasCodes } from '../plan/unsigned.js';
import { emitRearrange, steps, strides } from './rearrange.js';

/** TRANSPOSE by a constant permutation. 8-bit codes of up to four dimensions have a kernel of their own. */
export function lowerTranspose(context: OpContext): void {
  const [x, permutation, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  const { type, shape } = context.source(x);
  const order = context.integers(permutation).map((axis) => (axis < 0 ? axis + shape.length : axis));
  const complete = shape.every((_, axis) => order.includes(axis)) && order.length === shape.length;
  if (!complete) {
    throw context.unsupported('wrong permutation', {
      tensor: permutation,
      expected: `each of ${shape.length} axes once`,
      received: `[${order}]`,
    });
  }
  context.expectShape(
    y,
    order.map((axis) => shape[axis]!),
  );
  if (!hasCodes(context.source(x)) || shape.length > 4) {
    const step = strides(shape);
    emitRearrange(
      context,
      x,
      y,
      order.map((axis) => steps(shape[axis]!, step[axis]!)),
    );
    return;
  }
  context.expectType(y, type);
  const missing = 4 - shape.length;
  const leading = Array.from({ length: missing }, (_, axis) => axis);
  const shifted = order.map((axis) => axis + missing);
  context.emit('TRANSPOSE', [context.use(x)], [context.use(y)], [...leading, ...shifted]);
}
