import { Pool2DOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { activationRange } from './activation.js';
import { spatialPadding } from './window.js';

/** AVERAGE_POOL_2D and MAX_POOL_2D: input and output share their quantization. */
export function lowerPool2d(context: OpContext): void {
  const options = context.options(Pool2DOptionsT);
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  for (const index of [x, y]) context.expectRank(index, 4);
  const input = context.int8(x);
  const output = context.int8(y);
  if (input.scale !== output.scale || input.zeroPoint !== output.zeroPoint) {
    throw context.unsupported('input and output must share their quantization', {
      tensor: y,
      expected: `scale ${input.scale}, zero point ${input.zeroPoint}`,
      received: `scale ${output.scale}, zero point ${output.zeroPoint}`,
    });
  }
  const { filterHeight, filterWidth, strideH, strideW, padding } = options;
  const before = spatialPadding(
    context,
    [
      { input: input.shape[1]!, kernel: filterHeight, stride: strideH, dilation: 1 },
      { input: input.shape[2]!, kernel: filterWidth, stride: strideW, dilation: 1 },
    ],
    padding,
  );
  const range = activationRange(context, options.fusedActivationFunction, output);
  // An average that lies between two codes goes up as uint8; as int8 it goes away from zero.
  const average = context.isUnsigned(x) ? 'AVERAGE_POOL_2D_UNSIGNED' : 'AVERAGE_POOL_2D';
  const kind = context.op.name === 'MAX_POOL_2D' ? 'MAX_POOL_2D' : average;
  const window = [filterHeight, filterWidth, strideH, strideW, ...before];
  context.emit(kind, [context.use(x)], [context.use(y)], [...window, ...range]);
}
