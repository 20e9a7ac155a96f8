import { DepthwiseConv2DOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { activationRange } from './activation.js';
import { bias, convolutionRounding, requantization, weightScales, weightTensor } from './weights.js';
import { spatialPadding } from './window.js';

/** DEPTHWISE_CONV_2D: weights [1, h, w, channels × multiplier]. A multiplier above 1 becomes a grouped CONV_2D. */
export function lowerDepthwiseConv2d(context: OpContext): void {
  const options = context.options(DepthwiseConv2DOptionsT);
  const [x, w, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  for (const index of [x, w, y]) context.expectRank(index, 4);
  const input = context.int8(x);
  const output = context.int8(y);
  const [first, kernelH, kernelW, channels] = context.source(w).shape as [number, number, number, number];
  const multiplier = channels / input.shape[3]!;
  if (first !== 1 || !Number.isInteger(multiplier) || output.shape[3] !== channels) {
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
  const filters = { index: w, dimension: 3, channels };
  const scales = weightScales(context, filters);
  const mode = convolutionRounding(context);
  const rule = { input: input.scale, output: output.scale, narrow: context.isUnsigned(x) };
  const constants = requantization(context, mode, filters, scales, rule);
  const range = activationRange(context, options.fusedActivationFunction, output);
  const grouped = multiplier !== 1;
  const weights = weightTensor(context, w, grouped ? groupedWeights(context, w) : null);
  const groups = grouped ? input.shape[3]! : 1;
  context.emit(
    grouped ? 'CONV_2D' : 'DEPTHWISE_CONV_2D',
    [context.use(x), weights, bias(context, channels), ...constants],
    [context.use(y)],
    [strideH, strideW, dilationH, dilationW, ...before, groups, ...range, mode],
  );
}

/** [1, h, w, channels] to [channels, h, w, 1]: output channel c belongs to group floor(c / multiplier) in both. */
export function groupedWeights(context: OpContext, w: number): { data: Int8Array; shape: number[] } {
  const [, height, width, channels] = context.source(w).shape as [number, number, number, number];
  const from = context.int8Data(w);
  const area = height * width;
  const to = new Int8Array(from.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let at = 0; at < area; at++) to[channel * area + at] = from[at * channels + channel]!;
  }
  return { data: to, shape: [channels, height, width, 1] };
}
