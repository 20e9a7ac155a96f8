import { DivOptionsT, MulOptionsT, SubOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import type { OpKind } from '../plan/plan.js';
import { activationRange, expectSameQuantization, type Int8Activation } from './activation.js';
import { broadcastShape } from './broadcast.js';
import { multipliersOf, roundedFactor } from './scales.js';

type Three = [a: Int8Activation, b: Int8Activation, output: Int8Activation];

/** Emits a function of two int8 tensors; `parameters` gets what is known of both and of the output. */
function emitBinary(context: OpContext, kind: OpKind, parameters: (...tensors: Three) => number[]): void {
  const indices = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)] as const;
  const [a, b, output] = indices.map((index) => context.int8(index)) as Three;
  context.expectShape(indices[2], broadcastShape(context, a.shape, b.shape));
  const values = parameters(a, b, output);
  context.emit(kind, [context.use(indices[0]), context.use(indices[1])], [context.use(indices[2])], values);
}

/** SUB: both inputs are scaled up by 2^20 before they meet, so that rounding them costs nothing visible. */
export function lowerSub(context: OpContext): void {
  const leftShift = 20;
  const fused = context.options(SubOptionsT).fusedActivationFunction;
  emitBinary(context, 'SUB', (a, b, output) => {
    const twice = 2 * Math.max(a.scale, b.scale);
    const factors = [a.scale / twice, b.scale / twice, twice / (2 ** leftShift * output.scale)];
    return [leftShift, ...multipliersOf(context, factors, 0), ...activationRange(context, fused, output)];
  });
}

/** SQUARED_DIFFERENCE: the same with 2^7, so that squares stay in 32 bits. */
export function lowerSquaredDifference(context: OpContext): void {
  const leftShift = 7;
  emitBinary(context, 'SQUARED_DIFFERENCE', (a, b, output) => {
    const twice = 2 * Math.max(a.scale, b.scale);
    const inputs = multipliersOf(context, [a.scale / twice, b.scale / twice], 0);
    const toOutput = multipliersOf(context, [twice ** 2 / (2 ** (2 * leftShift) * output.scale)]);
    return [leftShift, ...inputs, ...toOutput, -128, 127];
  });
}

/** MUL: one factor. */
export function lowerMul(context: OpContext): void {
  const fused = context.options(MulOptionsT).fusedActivationFunction;
  const rounded = (factor: number) => roundedFactor(context, context.inputIndex(0), factor);
  emitBinary(context, 'MUL', (a, b, output) => {
    const factor = rounded(rounded(a.scale * b.scale) / output.scale);
    return [...multipliersOf(context, [factor]), ...activationRange(context, fused, output)];
  });
}

/** DIV: what is divided by zero saturates, which TFLite Micro leaves open. */
export function lowerDiv(context: OpContext): void {
  const fused = context.options(DivOptionsT).fusedActivationFunction;
  emitBinary(context, 'DIV', (a, b, output) => {
    const factor = a.scale / (b.scale * output.scale);
    return [...multipliersOf(context, [factor]), ...activationRange(context, fused, output)];
  });
}

/** MAXIMUM and MINIMUM compare codes: all three tensors must mean the same by them. */
export function lowerExtremum(context: OpContext): void {
  const [a, b, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  for (const input of [a, b]) expectSameQuantization(context, input, y);
  emitBinary(context, context.op.name === 'MAXIMUM' ? 'MAXIMUM' : 'MINIMUM', () => []);
}

/** PRELU: the second input is the slope of what is negative, constant or computed. */
export function lowerPrelu(context: OpContext): void {
  const rounded = (factor: number) => roundedFactor(context, context.inputIndex(0), factor);
  emitBinary(context, 'PRELU', (input, slope, output) => {
    const product = rounded(input.scale * slope.scale);
    const factors = [rounded(input.scale / output.scale), rounded(product / output.scale)];
    return multipliersOf(context, factors);
  });
}
