import { quantizeMultiplier } from '../plan/multiplier.js';
import type { OpContext } from '../plan/op-context.js';

/** MEAN over height and width of NHWC, with or without keeping the dimensions. */
export function lowerMean(context: OpContext): void {
  const [x, axes, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  context.expectRank(x, 4);
  const input = context.int8(x);
  const output = context.int8(y);
  const wanted = new Set(context.integers(axes).map((axis) => (axis < 0 ? axis + 4 : axis)));
  if (wanted.size !== 2 || !wanted.has(1) || !wanted.has(2)) {
    throw context.unsupported('only the mean over height and width is supported', {
      tensor: axes,
      expected: '[1, 2]',
      received: `[${context.integers(axes)}]`,
    });
  }
  const { multiplier, shift } = quantizeMultiplier(input.scale / output.scale);
  context.emit('MEAN', [context.use(x)], [context.use(y)], [multiplier, shift]);
}
