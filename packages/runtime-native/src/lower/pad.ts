import type { OpContext } from '../plan/op-context.js';

/** PAD with the output's zero point, PADV2 with a constant, up to four dimensions. */
export function lowerPad(context: OpContext): void {
  const [x, paddings, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  const input = context.int8(x);
  const output = context.int8(y);
  const rank = input.shape.length;
  if (rank > 4)
    throw context.unsupported('wrong rank', { tensor: x, expected: 'at most 4', received: `${rank}` });
  if (input.scale !== output.scale || input.zeroPoint !== output.zeroPoint) {
    throw context.unsupported('input and output must share their quantization', { tensor: y });
  }
  const amounts = context.integers(paddings);
  if (amounts.length !== 2 * rank || amounts.some((amount) => amount < 0)) {
    throw context.unsupported('wrong paddings', { tensor: paddings, received: `[${amounts}]` });
  }
  context.expectShape(
    y,
    input.shape.map((size, i) => size + amounts[2 * i]! + amounts[2 * i + 1]!),
  );
  const value = context.hasInput(2) ? context.int8Data(context.inputIndex(2))[0]! : output.zeroPoint;
  const leading = Array.from({ length: 2 * (4 - rank) }, () => 0);
  context.emit('PAD', [context.use(x)], [context.use(y)], [...leading, ...amounts, value]);
}
