import { SVDFOptionsT, TensorType } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { multipliersOf } from './scales.js';
import { bias, expectState, symmetricWeights } from './weights.js';

/**
 * SVDF with int8 activations: inputs x [batch, inputs], feature weights [filters, inputs], time weights [filters, memory], bias
 * [units] or none, state [batch, filters × memory]; the last two as int8 or int16. As in TFLite Micro, the fused activation is left
 * to the output's quantization.
 */
export function lowerSvdf(context: OpContext): void {
  const [x, feature, time, state, y] = tensors(context);
  for (const index of [x, time, y]) context.expectRank(index, 2);
  const { rank } = context.options(SVDFOptionsT);
  const [input, output] = [context.int8(x), context.int8(y)];
  const [batch, inputs] = input.shape as [number, number];
  const [filters, memory] = context.source(time).shape as [number, number];
  const units = filters / rank;
  context.expectShape(y, [batch, units]);
  const type = context.source(state).type === TensorType.INT8 ? TensorType.INT8 : TensorType.INT16;
  const remembered = context.quantized(state, type);
  expectState(context, state, batch * filters * memory);
  const featureScale = symmetricWeights(context, feature, [filters, inputs]);
  const timeScale = symmetricWeights(context, time, [filters, memory], type);
  const into = (input.scale * featureScale) / remembered.scale;
  const out = (remembered.scale * timeScale) / output.scale;
  const [first, second, third] = [x, feature, time].map((index) => context.use(index));
  context.emit(
    'SVDF',
    [first!, second!, third!, bias(context, units, 3), context.use(state)],
    [context.use(y)],
    [...multipliersOf(context, [into]), ...multipliersOf(context, [out])],
  );
}

function tensors(context: OpContext): [number, number, number, number, number] {
  const [x, feature, time, state] = [0, 1, 2, 4].map((i) => context.inputIndex(i));
  return [x!, feature!, time!, state!, context.outputIndex(0)];
}
