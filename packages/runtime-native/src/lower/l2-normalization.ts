import { ActivationFunctionType, L2NormOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { expectQuantization } from './activation.js';

/** The sum of more squares would leave 32 bits. */
const maxDepth = 33025;

/** L2_NORMALIZATION over the last dimension; the output is always 1/128, 0. */
export function lowerL2Normalization(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const [input, output] = [context.int8(x), context.int8(y)];
  context.expectShape(y, input.shape);
  expectQuantization(context, output, 1 / 128, 0);
  if (context.options(L2NormOptionsT).fusedActivationFunction !== ActivationFunctionType.NONE) {
    throw context.unsupported('a fused activation is not supported', {});
  }
  const depth = input.shape.at(-1) ?? 0;
  if (depth < 1 || depth > maxDepth) {
    throw context.unsupported('wrong size of the last dimension', {
      tensor: x,
      expected: `1 to ${maxDepth}`,
      received: `${depth}`,
    });
  }
  context.emit('L2_NORMALIZATION', [context.use(x)], [context.use(y)], []);
}
