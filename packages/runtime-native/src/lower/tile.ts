import type { OpContext } from '../plan/op-context.js';
import { axisOf } from './axes.js';
import { emitRearrange, indices, steps, strides } from './rearrange.js';

/** TILE: the input one after the other, a constant number of times along each dimension. */
export function lowerTile(context: OpContext): void {
  const [x, multiples, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  const { shape } = context.source(x);
  const times = context.integers(multiples);
  context.expectShape(multiples, [shape.length]);
  const expected = shape.map((size, i) => size * times[i]!);
  context.expectShape(y, expected);
  const step = strides(shape);
  const axes = shape.map((size, i) =>
    times[i] === 1
      ? steps(size, step[i]!)
      : indices(context, expected[i]!).map((index) => (index % size) * step[i]!),
  );
  emitRearrange(context, x, y, axes);
}

/** REVERSE_V2: the other way round along constant dimensions. */
export function lowerReverse(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const { shape } = context.source(x);
  context.expectShape(y, shape);
  const reversed = new Set(context.integers(context.inputIndex(1)).map((axis) => axisOf(context, x, axis)));
  const axes = strides(shape).map((step, i) =>
    reversed.has(i) ? steps(shape[i]!, -step, (shape[i]! - 1) * step) : steps(shape[i]!, step),
  );
  emitRearrange(context, x, y, axes);
}
