import { FullyConnectedOptionsT, FullyConnectedOptionsWeightsFormat } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { shapeElements } from '../plan/plan.js';
import { activationRange } from './activation.js';
import { bias, requantization, rounding, weightScales, weightTensor } from './weights.js';

const modes = { tflm: rounding.double, 'litert-ref': rounding.single, single: rounding.float };

/** FULLY_CONNECTED: weights [out, in], any number of rows, with or without bias, per-tensor or per-channel scales. */
export function lowerFullyConnected(context: OpContext): void {
  const options = context.options(FullyConnectedOptionsT);
  if (options.weightsFormat !== FullyConnectedOptionsWeightsFormat.DEFAULT) {
    throw context.unsupported('shuffled weights are not supported', {});
  }
  const [x, w, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  context.expectRank(w, 2);
  const input = context.int8(x);
  const output = context.int8(y);
  const [channels, depth] = context.source(w).shape as [number, number];
  const rows = shapeElements(input.shape) / depth;
  if (!Number.isInteger(rows) || shapeElements(output.shape) !== rows * channels) {
    throw context.unsupported('sizes do not fit together', {
      tensor: w,
      received: `input [${input.shape}], weights [${channels},${depth}], output [${output.shape}]`,
    });
  }
  const filters = { index: w, dimension: 0, channels };
  const scales = weightScales(context, filters);
  // TensorFlow Lite Micro has no uint8: there the rule is LiteRT's.
  const foreign = context.isUnsigned(x) && context.rounding === 'tflm';
  const mode = modes[foreign ? 'litert-ref' : context.rounding];
  const rule = { input: input.scale, output: output.scale };
  const constants = requantization(context, mode, filters, scales, rule);
  const range = activationRange(context, options.fusedActivationFunction, output);
  const inputs = [context.use(x), weightTensor(context, w), bias(context, channels), ...constants];
  context.emit('FULLY_CONNECTED', inputs, [context.use(y)], [...range, mode]);
}
