import {
  Conv2DOptionsT,
  DepthwiseConv2DOptionsT,
  FullyConnectedOptionsT,
  type Padding,
  TensorType,
} from '@weightfold/tflite';
import type { OpContext, Quantized } from '../plan/op-context.js';
import { shapeElements } from '../plan/plan.js';
import { int16Range } from './activation.js';
import { groupedWeights } from './depthwise-conv-2d.js';
import { bias, requantization, rounding, weightScales, weightTensor } from './weights.js';
import { spatialPadding } from './window.js';

/** Shifts to the left that 64-bit sums can take. */
const mostWideShift = 14;

/** A tensor of symmetric int16 codes. */
export function int16(context: OpContext, index: number): Quantized {
  const codes = context.quantized(index, TensorType.INT16);
  if (codes.zeroPoint === 0) return codes;
  throw context.unsupported('wrong zero point', {
    tensor: index,
    expected: '0',
    received: `${codes.zeroPoint}`,
  });
}

/** CONV_2D with int16 activations: sums of 32 bits when the bias has them, of 64 bits otherwise. */
export function lowerConv2d16(context: OpContext): void {
  const options = context.options(Conv2DOptionsT);
  const [x, w, y] = imageTensors(context);
  const [channels, kernelH, kernelW, depth] = context.source(w).shape as [number, number, number, number];
  const inputs = context.source(x).shape[3]!;
  expectChannels(context, inputs % depth === 0 && channels % (inputs / depth) === 0, channels);
  const wide = !context.hasInput(2) || context.source(context.inputIndex(2)).type !== TensorType.INT32;
  const constants = lowerSums(context, { x, w, y, channels, dimension: 0, wide });
  const window = [...steps(options), ...padding(context, options, kernelH, kernelW), inputs / depth];
  const range = int16Range(context, options.fusedActivationFunction, int16(context, y));
  const operands = [context.use(x), weightTensor(context, w), ...constants];
  context.emit('CONV_2D_16', operands, [context.use(y)], [...window, ...range, wide ? 1 : 0]);
}

/** DEPTHWISE_CONV_2D with int16 activations: a convolution with a group for each input channel, and sums of 64 bits. */
export function lowerDepthwiseConv2d16(context: OpContext): void {
  const options = context.options(DepthwiseConv2DOptionsT);
  const [x, w, y] = imageTensors(context);
  const [first, kernelH, kernelW, channels] = context.source(w).shape as [number, number, number, number];
  const inputs = context.source(x).shape[3]!;
  expectChannels(context, first === 1 && channels % inputs === 0, channels);
  const constants = lowerSums(context, { x, w, y, channels, dimension: 3, wide: true });
  const window = [...steps(options), ...padding(context, options, kernelH, kernelW), inputs];
  const range = int16Range(context, options.fusedActivationFunction, int16(context, y));
  const operands = [context.use(x), weightTensor(context, w, groupedWeights(context, w)), ...constants];
  context.emit('CONV_2D_16', operands, [context.use(y)], [...window, ...range, 1]);
}

/** FULLY_CONNECTED with int16 activations and sums of 64 bits. */
export function lowerFullyConnected16(context: OpContext): void {
  const options = context.options(FullyConnectedOptionsT);
  const [x, w, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  context.expectRank(w, 2);
  const [channels, depth] = context.source(w).shape as [number, number];
  const [input, output] = [int16(context, x), int16(context, y)];
  const rows = shapeElements(input.shape) / depth;
  expectChannels(context, Number.isInteger(rows) && shapeElements(output.shape) === rows * channels, null);
  const constants = lowerSums(context, { x, w, y, channels, dimension: 0, wide: true });
  const range = int16Range(context, options.fusedActivationFunction, output);
  const operands = [context.use(x), weightTensor(context, w), ...constants];
  context.emit('FULLY_CONNECTED_16', operands, [context.use(y)], [...range, 1]);
}

function imageTensors(context: OpContext): [number, number, number] {
  const [x, w, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  for (const index of [x, w, y]) context.expectRank(index, 4);
  return [x, w, y];
}

/** @param channels those of the output's last dimension; null where it does not matter */
function expectChannels(context: OpContext, fits: boolean, channels: number | null): void {
  const [x, w, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)].map(
    (index) => context.source(index).shape,
  );
  if (fits && (channels === null || y![3] === channels)) return;
  throw context.unsupported('sizes do not fit together', {
    tensor: context.inputIndex(1),
    received: `input [${x}], weights [${w}], output [${y}]`,
  });
}

interface Sums {
  x: number;
  w: number;
  y: number;
  channels: number;
  /** Which dimension of the weights holds the output channels. */
  dimension: number;
  wide: boolean;
}

/** Bias, multipliers and shifts. */
function lowerSums(context: OpContext, { x, w, y, channels, dimension, wide }: Sums): number[] {
  const [input, output] = [int16(context, x), int16(context, y)];
  const filters = { index: w, dimension, channels };
  const scales = weightScales(context, filters);
  const rule = { input: input.scale, output: output.scale, mostShift: wide ? mostWideShift : 30 };
  const type = wide ? TensorType.INT64 : TensorType.INT32;
  const factors = requantization(context, rounding.double, filters, scales, rule);
  return [bias(context, channels, 2, type), ...factors];
}

interface Steps {
  strideH: number;
  strideW: number;
  dilationHFactor: number;
  dilationWFactor: number;
  padding: Padding;
}

function steps({ strideH, strideW, dilationHFactor, dilationWFactor }: Steps): number[] {
  return [strideH, strideW, dilationHFactor, dilationWFactor];
}

function padding(context: OpContext, options: Steps, kernelH: number, kernelW: number): [number, number] {
  const { shape } = context.source(context.inputIndex(0));
  const { strideH, strideW, dilationHFactor, dilationWFactor } = options;
  return spatialPadding(
    context,
    [
      { input: shape[1]!, kernel: kernelH, stride: strideH, dilation: dilationHFactor },
      { input: shape[2]!, kernel: kernelW, stride: strideW, dilation: dilationWFactor },
    ],
    options.padding,
  );
}
