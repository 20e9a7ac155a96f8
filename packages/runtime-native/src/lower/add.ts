import { AddOptionsT } from '@weightfold/tflite';
import { quantizeMultiplier } from '../plan/multiplier.js';
import type { OpContext } from '../plan/op-context.js';
import { activationRange } from './activation.js';
import { broadcastShape } from './broadcast.js';

/** Both inputs are scaled up by 2^20 before they meet, so that rounding them costs nothing visible. */
const leftShift = 20;

/** ADD with broadcasting over up to four dimensions. Multipliers as in tflite/kernels/add.cc. */
export function lowerAdd(context: OpContext): void {
  const [a, b, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  const inputs = [context.int8(a), context.int8(b)] as const;
  const output = context.int8(y);
  for (const index of [a, b, y]) {
    const rank = context.source(index).shape.length;
    if (rank > 4)
      throw context.unsupported('wrong rank', { tensor: index, expected: 'at most 4', received: `${rank}` });
  }
  context.expectShape(y, broadcastShape(context, inputs[0].shape, inputs[1].shape));
  const twice = 2 * Math.max(inputs[0].scale, inputs[1].scale);
  const factors = [inputs[0].scale / twice, inputs[1].scale / twice, twice / (2 ** leftShift * output.scale)];
  const multipliers = factors.map(quantizeMultiplier);
  if (multipliers[2]!.shift > 0) {
    throw context.unsupported('the output scale is too small', {
      tensor: y,
      received: `factor ${factors[2]}`,
    });
  }
  const range = activationRange(context, context.options(AddOptionsT).fusedActivationFunction, output);
  const flat = multipliers.flatMap(({ multiplier, shift }) => [multiplier, shift]);
  context.emit('ADD', [context.use(a), context.use(b)], [context.use(y)], [leftShift, ...flat, ...range]);
}
