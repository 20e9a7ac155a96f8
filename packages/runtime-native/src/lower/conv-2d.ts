import { Conv2DOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { activationRange } from './activation.js';
import { bias, convolutionRounding, requantization, weightScales, weightTensor } from './weights.js';
import { spatialPadding } from './window.js';

/** CONV_2D: weights [out_c, h, w, in_c / groups], groups from the channel counts. */
export function lowerConv2d(context: OpContext): void {
  const options = context.options(Conv2DOptionsT);
  const [x, w, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  for (const index of [x, w, y]) context.expectRank(index, 4);
  const input = context.int8(x);
  const output = context.int8(y);
  const [channels, kernelH, kernelW, depth] = context.source(w).shape as [number, number, number, number];
  const groups = input.shape[3]! / depth;
  if (!Number.isInteger(groups) || channels % groups !== 0 || output.shape[3] !== channels) {
    throw context.unsupported('channels do not fit together', {
      tensor: w,
      received: `input [${input.shape}], weights [${context.source(w).shape}], output [${output.shape}]`,
    });
  }
  const { strideH, strideW, dilationHFactor: dilationH, dilationWFactor: dilationW, padding } = options;
  const before = spatialPadding(
    context,
    [
      { input: input.shape[1]!, kernel: kernelH, stride: strideH, dilation: dilationH },
      { input: input.shape[2]!, kernel: kernelW, stride: strideW, dilation: dilationW },
    ],
    padding,
  );
  const filters = { index: w, dimension: 0, channels };
  const scales = weightScales(context, filters);
  const mode = convolutionRounding(context);
  const rule = { input: input.scale, output: output.scale, narrow: context.isUnsigned(x) };
  const constants = requantization(context, mode, filters, scales, rule);
  const range = activationRange(context, options.fusedActivationFunction, output);
  const inputs = [context.use(x), weightTensor(context, w), bias(context, channels), ...constants];
  const steps = [strideH, strideW, dilationH, dilationW];
  context.emit('CONV_2D', inputs, [context.use(y)], [...steps, ...before, groups, ...range, mode]);
}
