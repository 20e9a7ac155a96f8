import type { OpContext } from '../plan/op-context.js';

/** TRANSPOSE of up to four dimensions by a constant permutation. */
export function lowerTranspose(context: OpContext): void {
  const [x, permutation, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  const { shape } = context.int8(x);
  context.int8(y);
  const order = context.integers(permutation).map((axis) => (axis < 0 ? axis + shape.length : axis));
  const complete = shape.every((_, axis) => order.includes(axis)) && order.length === shape.length;
  if (shape.length > 4 || !complete) {
    throw context.unsupported('wrong permutation', {
      tensor: permutation,
      expected: `each of ${shape.length} axes once, at most 4`,
      received: `[${order}]`,
    });
  }
  context.expectShape(
    y,
    order.map((axis) => shape[axis]!),
  );
  const missing = 4 - shape.length;
  const leading = Array.from({ length: missing }, (_, axis) => axis);
  const shifted = order.map((axis) => axis + missing);
  context.emit('TRANSPOSE', [context.use(x)], [context.use(y)], [...leading, ...shifted]);
}
