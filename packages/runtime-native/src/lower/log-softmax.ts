import { quantizeMultiplier } from '../plan/multiplier.js';
import type { OpContext } from '../plan/op-context.js';
import { expectQuantization } from './activation.js';

/** The sum of more exponentials would leave 32 bits, in TFLite Micro too. */
const maxDepth = 4095;

/**
 * LOG_SOFTMAX over the last dimension; the output is always 1/16, 127. Constants as in TFLite's PreprocessLogSoftmaxScalingExp and
 * CalculateInputRadius, for 5 integer bits.
 */
export function lowerLogSoftmax(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const [input, output] = [context.int8(x), context.int8(y)];
  context.expectShape(y, input.shape);
  expectQuantization(context, output, 1 / 16, 127);
  const depth = input.shape.at(-1) ?? 0;
  if (depth < 1 || depth > maxDepth) {
    throw context.unsupported('wrong size of the last dimension', {
      tensor: x,
      expected: `1 to ${maxDepth}`,
      received: `${depth}`,
    });
  }
  const real = input.scale * 2 ** 26;
  if (!(real > 1 && real < 2 ** 30)) {
    throw context.unsupported('the input scale is too small or too large', {
      tensor: x,
      received: `${input.scale}`,
    });
  }
  const { multiplier, shift } = quantizeMultiplier(real);
  const reverse = quantizeMultiplier(2 ** (31 - shift) / multiplier);
  const radius = Math.floor((31 * 2 ** 26) / 2 ** shift);
  const parameters = [multiplier, shift, reverse.multiplier, reverse.shift, -radius];
  context.emit('LOG_SOFTMAX', [context.use(x)], [context.use(y)], parameters);
}
