import {
  ActivationFunctionType,
  BuiltinOperator,
  BuiltinOptions,
  Conv2DOptionsT,
  FullyConnectedOptionsT,
  type Model,
  ModelBuilder,
  Padding,
  ReshapeOptionsT,
  TensorType,
} from '../index.js';

export const convWeights = Int8Array.from([1, -2, 3, 4, -5, 6, 7, -8]); // [2, 2, 2, 1]
export const convBias = Int32Array.from([10, -3]);
export const denseWeights = Int8Array.from({ length: 24 }, (_, i) => ((i * 7) % 11) - 5); // [3, 8]
export const denseBias = Int32Array.from([10, -20, 30]);

/**
 * Convolution [1, 3, 3, 1] → [1, 2, 2, 2] with ReLU and a scale for each channel, reshape, fully connected → [1, 3], all int8
 * with zero points 0. The scales make every multiplier a whole number (1 and 2 in the convolution, 1 in the dense layer), so
 * that the outputs follow without any rounding.
 */
export function smallModel(): Model {
  const builder = new ModelBuilder('test');
  const int8 = (name: string, shape: number[], scale: number[], data?: Int8Array) =>
    builder.addTensor({
      name,
      shape,
      type: TensorType.INT8,
      quantization: { scale, zeroPoint: scale.map(() => 0) },
      ...(data && { data }),
    });
  const int32 = (name: string, data: Int32Array, scale?: number[]) =>
    builder.addTensor({
      name,
      shape: [data.length],
      type: TensorType.INT32,
      ...(scale && { quantization: { scale, zeroPoint: scale.map(() => 0) } }),
      data,
    });
  const x = int8('x', [1, 3, 3, 1], [0.5]);
  const kernel = int8('kernel', [2, 2, 2, 1], [0.5, 1], convWeights);
  const convolved = int8('convolved', [1, 2, 2, 2], [0.25]);
  const flat = int8('flat', [1, 8], [0.25]);
  const weights = int8('weights', [3, 8], [0.5], denseWeights);
  const y = int8('y', [1, 3], [0.125]);
  builder.addOperator({
    builtin: BuiltinOperator.CONV_2D,
    version: 3,
    inputs: [x, kernel, int32('kernel bias', convBias, [0.25, 0.5])],
    outputs: [convolved],
    optionsType: BuiltinOptions.Conv2DOptions,
    options: new Conv2DOptionsT(Padding.VALID, 1, 1, ActivationFunctionType.RELU),
  });
  builder.addOperator({
    builtin: BuiltinOperator.RESHAPE,
    inputs: [convolved, int32('shape', Int32Array.from([1, 8]))],
    outputs: [flat],
    optionsType: BuiltinOptions.ReshapeOptions,
    options: new ReshapeOptionsT([1, 8]),
  });
  builder.addOperator({
    builtin: BuiltinOperator.FULLY_CONNECTED,
    version: 4,
    inputs: [flat, weights, int32('bias', denseBias, [0.125])],
    outputs: [y],
    optionsType: BuiltinOptions.FullyConnectedOptions,
    options: new FullyConnectedOptionsT(),
  });
  return builder.build([x], [y]);
}

/** What the small model gives, by arithmetic on whole numbers. */
export function smallModelOutput(x: Int8Array): Int8Array {
  const clamp = (value: number, lowest: number) => Math.min(127, Math.max(lowest, value));
  const convolved: number[] = [];
  for (const [row, column] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const) {
    for (let channel = 0; channel < 2; channel++) {
      let sum = convBias[channel]!;
      for (let k = 0; k < 4; k++) {
        sum += x[3 * (row + (k >> 1)) + column + (k & 1)]! * convWeights[4 * channel + k]!;
      }
      convolved.push(clamp(sum * (channel + 1), 0));
    }
  }
  return Int8Array.from(denseBias, (bias, unit) =>
    clamp(
      convolved.reduce((sum, value, i) => sum + value * denseWeights[8 * unit + i]!, bias),
      -128,
    ),
  );
}
