import type { OpContext } from '../plan/op-context.js';
import { hasCodes } from '../plan/unsigned.js';
import { expectSameQuantization } from './activation.js';
import { emitRearrange, filled, indices, steps, strides } from './rearrange.js';

/** PAD with the zero point, PADV2 with a constant. 8-bit codes of up to four dimensions have a kernel of their own. */
export function lowerPad(context: OpContext): void {
  const [x, paddings, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  const { shape } = context.source(x);
  const codes = hasCodes(context.source(x));
  const amounts = context.integers(paddings);
  if (amounts.length !== 2 * shape.length || amounts.some((amount) => amount < 0)) {
    throw context.unsupported('wrong paddings', { tensor: paddings, received: `[${amounts}]` });
  }
  context.expectShape(
    y,
    shape.map((size, i) => size + amounts[2 * i]! + amounts[2 * i + 1]!),
  );
  if (codes) expectSameQuantization(context, x, y);
  const value = paddingCode(context, y);
  if (!codes || shape.length > 4) {
    emitRearrange(context, x, y, paddedAxes(context, shape, amounts), { fill: value });
    return;
  }
  const leading = Array.from({ length: 2 * (4 - shape.length) }, () => 0);
  context.emit('PAD', [context.use(x)], [context.use(y)], [...leading, ...amounts, value]);
}

/** The output's zero point or the constant third input; 0 for what has no codes of 8 bits. */
function paddingCode(context: OpContext, y: number): number {
  if (!hasCodes(context.source(y))) {
    if (!context.hasInput(2)) return 0;
    throw context.unsupported('only 8-bit codes are padded with a value', { tensor: context.inputIndex(2) });
  }
  return context.hasInput(2) ? context.int8Data(context.inputIndex(2))[0]! : context.int8(y).zeroPoint;
}

function paddedAxes(context: OpContext, shape: readonly number[], amounts: readonly number[]) {
  const step = strides(shape);
  return shape.map((size, i) => {
    const [before, after] = [amounts[2 * i]!, amounts[2 * i + 1]!];
    if (before + after === 0) return steps(size, step[i]!);
    return indices(context, before + size + after).map((at) =>
      at < before || at >= before + size ? filled : (at - before) * step[i]!,
    );
  });
}
