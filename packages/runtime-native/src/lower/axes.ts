import type { OpContext } from '../plan/op-context.js';

/**
 * A dimension of the model's tensor `x`; a negative number counts from the last.
 * @throws UnsupportedError when there is no such dimension
 */
export function axisOf(context: OpContext, x: number, axis: number | undefined, rank?: number): number {
  const dimensions = rank ?? context.source(x).shape.length;
  const resolved = axis !== undefined && axis < 0 ? axis + dimensions : axis;
  if (resolved !== undefined && resolved >= 0 && resolved < dimensions) return resolved;
  throw context.unsupported('wrong axis', {
    tensor: x,
    expected: `−${dimensions} to ${dimensions - 1}`,
    received: `${axis}`,
  });
}
