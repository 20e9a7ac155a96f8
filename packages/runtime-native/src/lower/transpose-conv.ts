import { TransposeConvOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { activationRange } from './activation.js';
import { bias, convolutionRounding, requantization, weightScales } from './weights.js';
import { windowAxis } from './window.js';

/**
 * TRANSPOSE_CONV: inputs are the output's shape, weights [out_c, h, w, in_c], x and the bias. As in TFLite Micro the shape is that
 * of the output tensor, whatever the first input says.
 */
export function lowerTransposeConv(context: OpContext): void {
  const options = context.options(TransposeConvOptionsT);
  const [w, x, y] = [context.inputIndex(1), context.inputIndex(2), context.outputIndex(0)];
  for (const index of [w, x, y]) context.expectRank(index, 4);
  const [input, output] = [context.int8(x), context.int8(y)];
  const [channels, kernelH, kernelW, depth] = context.source(w).shape as [number, number, number, number];
  if (input.shape[3] !== depth || output.shape[3] !== channels || input.shape[0] !== output.shape[0]) {
    throw context.unsupported('sizes do not fit together', {
      tensor: w,
      received: `input [${input.shape}], weights [${context.source(w).shape}], output [${output.shape}]`,
    });
  }
  const { strideH, strideW, padding } = options;
  if (strideH < 1 || strideW < 1) {
    throw context.unsupported('strides must be positive', { received: `${strideH} and ${strideW}` });
  }
  // The padding of the convolution that this one transposes, from output to input.
  const rows = { input: output.shape[1]!, kernel: kernelH, stride: strideH, dilation: 1 };
  const columns = { input: output.shape[2]!, kernel: kernelW, stride: strideW, dilation: 1 };
  const before = [rows, columns].map((axis) => windowAxis(axis, padding).before);
  const filters = { index: w, dimension: 0, channels };
  const scales = weightScales(context, filters);
  const mode = convolutionRounding(context);
  const rule = { input: input.scale, output: output.scale };
  const constants = requantization(context, mode, filters, scales, rule);
  const range = activationRange(context, options.fusedActivationFunction, output);
  const inputs = [context.use(x), context.use(w), bias(context, channels, 3), ...constants];
  context.emit('TRANSPOSE_CONV', inputs, [context.use(y)], [strideH, strideW, ...before, ...range, mode]);
}
