import type { OpContext } from '../plan/op-context.js';
import { shapeElements } from '../plan/plan.js';

/** RESHAPE, SQUEEZE and EXPAND_DIMS cost nothing: the output is the input's memory. Copies only between an input and an output of the model. */
export function lowerReshape(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const [from, to] = [context.source(x), context.source(y)];
  if (from.type !== to.type || shapeElements(from.shape) !== shapeElements(to.shape)) {
    throw context.unsupported('input and output must hold the same elements', {
      tensor: y,
      expected: `${shapeElements(from.shape)} elements`,
      received: `${shapeElements(to.shape)}`,
    });
  }
  if (context.isConstant(x) || context.isEndpoint(y)) {
    context.emit('COPY', [context.use(x)], [context.use(y)], []);
    return;
  }
  context.share(y, x);
}
