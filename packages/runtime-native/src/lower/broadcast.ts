import type { OpContext } from '../plan/op-context.js';
import { sameShape } from '../plan/plan.js';
import { type Axis, emitMoves, steps, strides } from './rearrange.js';

/** Shape of a function of tensors element by element: each is repeated along dimensions where it has size 1. */
export function broadcastShape(context: OpContext, ...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[shape.length - rank + i] ?? 1);
    const size = sizes.find((one) => one !== 1) ?? 1;
    if (sizes.some((one) => one !== 1 && one !== size)) {
      const received = shapes.map((shape) => `[${shape}]`).join(' and ');
      throw context.unsupported('shapes cannot be broadcast', { received });
    }
    return size;
  });
}

/** How a tensor of shape `from` is repeated to shape `to`, which has no fewer dimensions. */
export function broadcastAxes(from: readonly number[], to: readonly number[]): Axis[] {
  const missing = to.length - from.length;
  const step = strides(from);
  return to.map((size, i) => steps(size, (from[i - missing] ?? 1) === 1 ? 0 : step[i - missing]!));
}

/**
 * The plan's tensor for the model's tensor `x` with the shape `to`: repeated first where it has another, by an op of its own.
 * @param from the shape that is taken for `x`'s, with as many elements
 */
export function broadcastTo(
  context: OpContext,
  x: number,
  to: readonly number[],
  from: readonly number[] = context.source(x).shape,
): number {
  const used = context.use(x);
  if (sameShape(from, to)) return used;
  const repeated = context.temporary('repeated', used, to);
  emitMoves(context, used, repeated, broadcastAxes(from, to));
  return repeated;
}
