import { AddOptionsT, MulOptionsT, Pool2DOptionsT, SoftmaxOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { int16Range } from './activation.js';
import { broadcastShape } from './broadcast.js';
import { int16, lowerConv2d16, lowerDepthwiseConv2d16, lowerFullyConnected16 } from './conv-16.js';
import { multipliersOf } from './scales.js';
import { expTable, reciprocalTable, sigmoidTable, sixteenBitScale } from './sigmoid.js';
import { spatialPadding } from './window.js';

/** The operators that have rules of their own when their first input is int16; others treat it as their registry says. */
export const lowerings16: Record<string, (context: OpContext) => void> = {
  ADD: lowerAdd16,
  AVERAGE_POOL_2D: lowerPool2d16,
  CONV_2D: lowerConv2d16,
  DEPTHWISE_CONV_2D: lowerDepthwiseConv2d16,
  FULLY_CONNECTED: lowerFullyConnected16,
  LOGISTIC: lowerCurve16,
  MAX_POOL_2D: lowerPool2d16,
  MUL: lowerMul16,
  SOFTMAX: lowerSoftmax16,
  TANH: lowerCurve16,
};

/** Both inputs of an ADD are scaled up by 2^15 before they meet. */
const leftShift = 15;

function lowerAdd16(context: OpContext): void {
  const { a, b, y, scales } = binary(context);
  const twice = 2 * Math.max(scales[0], scales[1]);
  const factors = [scales[0] / twice, scales[1] / twice, twice / (2 ** leftShift * scales[2])];
  const range = int16Range(context, context.options(AddOptionsT).fusedActivationFunction, int16(context, y));
  const parameters = [leftShift, ...multipliersOf(context, factors), ...range];
  context.emit('ADD_16', [context.use(a), context.use(b)], [context.use(y)], parameters);
}

function lowerMul16(context: OpContext): void {
  const { a, b, y, scales } = binary(context);
  const real = (scales[0] * scales[1]) / scales[2];
  const range = int16Range(context, context.options(MulOptionsT).fusedActivationFunction, int16(context, y));
  const operands = [context.use(a), context.use(b)];
  context.emit('MUL_16', operands, [context.use(y)], [...multipliersOf(context, [real]), ...range]);
}

/** The tensors of ADD and MUL, and their scales: first input, second input, output. */
function binary(context: OpContext): { a: number; b: number; y: number; scales: [number, number, number] } {
  const [a, b, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  const [first, second, output] = [int16(context, a), int16(context, b), int16(context, y)];
  const shape = broadcastShape(context, first.shape, second.shape);
  context.expectShape(y, shape);
  if (shape.length > 4) {
    throw context.unsupported('wrong rank', {
      tensor: y,
      expected: 'at most 4',
      received: `${shape.length}`,
    });
  }
  return { a, b, y, scales: [first.scale, second.scale, output.scale] };
}

function lowerPool2d16(context: OpContext): void {
  const options = context.options(Pool2DOptionsT);
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  for (const index of [x, y]) context.expectRank(index, 4);
  const [input, output] = [int16(context, x), int16(context, y)];
  if (input.scale !== output.scale) {
    throw context.unsupported('input and output must share their quantization', { tensor: y });
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
  const kind = context.op.name === 'MAX_POOL_2D' ? 'MAX_POOL_2D_16' : 'AVERAGE_POOL_2D_16';
  const range = int16Range(context, options.fusedActivationFunction, output);
  const window = [filterHeight, filterWidth, strideH, strideW, ...before];
  context.emit(kind, [context.use(x)], [context.use(y)], [...window, ...range]);
}

/** LOGISTIC and TANH: the output is always 2^-15. */
function lowerCurve16(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const [input, output] = [int16(context, x), int16(context, y)];
  context.expectShape(y, input.shape);
  expectFraction(context, y, output.scale);
  const kind = context.op.name === 'TANH' ? 'TANH_16' : 'LOGISTIC_16';
  const scale = sixteenBitScale(input.scale, context.op.name === 'TANH' ? [0, 1] : [0]);
  if (!scale)
    throw context.unsupported('the input scale is too large', { tensor: x, received: `${input.scale}` });
  const operands = [context.use(x), context.constant('sigmoid', sigmoidTable())];
  context.emit(kind, operands, [context.use(y)], scale);
}

/** SOFTMAX over the last dimension; differences are scaled so that 65535 stand for 10. */
function lowerSoftmax16(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const [input, output] = [int16(context, x), int16(context, y)];
  context.expectShape(y, input.shape);
  expectFraction(context, y, output.scale);
  const { beta } = context.options(SoftmaxOptionsT);
  const real = (input.scale * beta) / (10 / 65535);
  const operands = [
    context.use(x),
    context.constant('exp', expTable()),
    context.constant('reciprocal', reciprocalTable()),
  ];
  context.emit('SOFTMAX_16', operands, [context.use(y)], multipliersOf(context, [real]));
}

/** TFLite Micro takes a scale that is off by a thousandth. */
function expectFraction(context: OpContext, y: number, scale: number): void {
  if (Math.abs(scale * 2 ** 15 - 1) <= 0.001) return;
  throw context.unsupported('wrong quantization of the output', {
    tensor: y,
    expected: 'scale 1/32768',
    received: `scale ${scale}`,
  });
}
