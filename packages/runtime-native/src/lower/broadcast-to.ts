import type { OpContext } from '../plan/op-context.js';
import { broadcastAxes } from './broadcast.js';
import { emitRearrange, steps } from './rearrange.js';

/** BROADCAST_TO: the input repeated along dimensions where it has size 1. */
export function lowerBroadcastTo(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const [from, to] = [context.source(x).shape, context.source(y).shape];
  const missing = to.length - from.length;
  if (missing < 0 || from.some((size, i) => size !== 1 && size !== to[missing + i])) {
    throw context.unsupported('the input cannot be repeated to that shape', {
      tensor: y,
      received: `[${from}] to [${to}]`,
    });
  }
  emitRearrange(context, x, y, broadcastAxes(from, to));
}

/** FILL: one value everywhere; the output's shape is what the model says. */
export function lowerFill(context: OpContext): void {
  const [value, y] = [context.inputIndex(1), context.outputIndex(0)];
  if (context.source(value).shape.some((size) => size !== 1)) context.expectShape(value, []);
  emitRearrange(
    context,
    value,
    y,
    context.source(y).shape.map((size) => steps(size, 0)),
  );
}
