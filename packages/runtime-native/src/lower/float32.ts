import {
  ActivationFunctionType,
  AddOptionsT,
  DivOptionsT,
  MulOptionsT,
  SoftmaxOptionsT,
  SubOptionsT,
  TensorType,
} from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { broadcastShape, broadcastTo } from './broadcast.js';

const { FLOAT32 } = TensorType;
const noRange: [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** The bits of a real number in binary32, as plans hold it among their parameters. */
export function floatBits(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0]!;
}

/** Numbers of FloatUnary in native/kernels/float32/float32.h. */
const unary: Record<string, number> = {
  ABS: 0,
  NEG: 1,
  SQRT: 2,
  RSQRT: 3,
  SQUARE: 4,
  FLOOR: 5,
  CEIL: 6,
  ROUND: 7,
  EXP: 8,
  LOG: 9,
  SIN: 10,
  COS: 11,
  TANH: 12,
  LOGISTIC: 13,
};
const clamp = 14;

/** A function of one float32. */
export function lowerFloatUnary(context: OpContext): void {
  emitUnary(context, unary[context.op.name]!, noRange);
}

/** RELU and RELU6. */
function lowerFloatRelu(context: OpContext): void {
  emitUnary(context, clamp, [0, context.op.name === 'RELU6' ? 6 : Number.POSITIVE_INFINITY]);
}

function emitUnary(context: OpContext, operation: number, range: [number, number]): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  for (const index of [x, y]) context.expectType(index, FLOAT32);
  context.expectShape(y, context.source(x).shape);
  context.emit('FLOAT_UNARY', [context.use(x)], [context.use(y)], [operation, ...range.map(floatBits)]);
}

/** The largest finite number of binary32: TFLite clamps to it what has no activation. */
const largest = (2 - 2 ** -23) * 2 ** 127;

/** Range that a fused activation leaves. */
function fusedRange(context: OpContext, activation: ActivationFunctionType): [number, number] {
  switch (activation) {
    case ActivationFunctionType.NONE:
      return [-largest, largest];
    case ActivationFunctionType.RELU:
      return [0, largest];
    case ActivationFunctionType.RELU6:
      return [0, 6];
    case ActivationFunctionType.RELU_N1_TO_1:
      return [-1, 1];
    default:
      throw context.unsupported('the fused activation is not supported', {
        expected: 'NONE, RELU, RELU6, RELU_N1_TO_1',
        received: ActivationFunctionType[activation] ?? `${activation}`,
      });
  }
}

/** Numbers of FloatBinary, and the options that may name an activation. */
const binary = {
  ADD: [0, AddOptionsT],
  SUB: [1, SubOptionsT],
  MUL: [2, MulOptionsT],
  DIV: [3, DivOptionsT],
  MAXIMUM: [4, null],
  MINIMUM: [5, null],
  SQUARED_DIFFERENCE: [6, null],
  FLOOR_DIV: [7, null],
  FLOOR_MOD: [8, null],
} as const;

/** A function of two float32, either of them repeated along dimensions where it has size 1. */
function lowerFloatBinary(context: OpContext): void {
  const [operation, options] = binary[context.op.name as keyof typeof binary];
  const [a, b, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  for (const index of [a, b, y]) context.expectType(index, FLOAT32);
  const shape = broadcastShape(context, context.source(a).shape, context.source(b).shape);
  context.expectShape(y, shape);
  const range = options ? fusedRange(context, context.options(options).fusedActivationFunction) : noRange;
  const inputs = [a, b].map((x) => broadcastTo(context, x, shape));
  context.emit('FLOAT_BINARY', inputs, [context.use(y)], [operation, ...range.map(floatBits)]);
}

/** SOFTMAX over the last dimension. */
function lowerFloatSoftmax(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  for (const index of [x, y]) context.expectType(index, FLOAT32);
  context.expectShape(y, context.source(x).shape);
  if (context.source(x).shape.length === 0) context.expectShape(x, [1]);
  const { beta } = context.options(SoftmaxOptionsT);
  context.emit('FLOAT_SOFTMAX', [context.use(x)], [context.use(y)], [floatBits(beta)]);
}

/** The operators that have rules of their own when their first input is float32. */
export const loweringsFloat: Record<string, (context: OpContext) => void> = {
  ...Object.fromEntries(Object.keys(unary).map((name) => [name, lowerFloatUnary])),
  ...Object.fromEntries(Object.keys(binary).map((name) => [name, lowerFloatBinary])),
  RELU: lowerFloatRelu,
  RELU6: lowerFloatRelu,
  SOFTMAX: lowerFloatSoftmax,
};
