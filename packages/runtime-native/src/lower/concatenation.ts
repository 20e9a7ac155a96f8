import { ActivationFunctionType, ConcatenationOptionsT, PackOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { shapeElements } from '../plan/plan.js';
import { hasCodes } from '../plan/unsigned.js';
import { expectSameQuantization } from './activation.js';
import { axisOf } from './axes.js';

/**
 * CONCATENATION along an axis. int8 inputs must have the output's quantization: TFLite Micro would copy the codes of others as they
 * are, and mean something else by them; LiteRT refuses them.
 */
export function lowerConcatenation(context: OpContext): void {
  const options = context.options(ConcatenationOptionsT);
  if (options.fusedActivationFunction !== ActivationFunctionType.NONE) {
    throw context.unsupported('a fused activation is not supported', {});
  }
  const y = context.outputIndex(0);
  const axis = axisOf(context, y, options.axis);
  const { shape } = context.source(y);
  const inputs = inputsOf(context);
  const total = inputs.reduce((sum, x) => sum + (context.source(x).shape[axis] ?? 0), 0);
  for (const x of inputs) {
    const size = context.source(x).shape[axis] ?? 0;
    context.expectShape(
      x,
      shape.map((own, i) => (i === axis && total === own ? size : own)),
    );
  }
  emitConcatenation(context, inputs, y, axis);
}

/** PACK: inputs of one shape become slices along a new dimension. */
export function lowerPack(context: OpContext): void {
  const options = context.options(PackOptionsT);
  const y = context.outputIndex(0);
  const axis = axisOf(context, y, options.axis);
  const inputs = inputsOf(context);
  const slice = context.source(y).shape.filter((_, i) => i !== axis);
  for (const x of inputs) context.expectShape(x, slice);
  const expected = [...slice.slice(0, axis), inputs.length, ...slice.slice(axis)];
  context.expectShape(y, expected);
  emitConcatenation(context, inputs, y, axis);
}

const inputsOf = (context: OpContext) => context.op.operator.inputs.map((_, i) => context.inputIndex(i));

function emitConcatenation(context: OpContext, inputs: readonly number[], y: number, axis: number): void {
  const { type, shape } = context.source(y);
  for (const x of inputs) {
    context.expectType(x, type);
    if (hasCodes(context.source(x))) expectSameQuantization(context, x, y);
  }
  const rows = shapeElements(shape.slice(0, axis));
  context.emit(
    'CONCATENATION',
    inputs.map((x) => context.use(x)),
    [context.use(y)],
    [rows],
  );
}
