import {
  ActivationFunctionType,
  BuiltinOperator,
  BuiltinOptions,
  FullyConnectedOptionsT,
  ModelBuilder,
  TensorType,
  writeModel,
} from '@weightfold/tflite';
import { randomInteger } from '../random.js';

/** A .tflite of one fully connected layer with int8 weights of so many different codes (at most 255), at random. */
export function clusteredLayer(inputs: number, outputs: number, codes: number): Uint8Array {
  const builder = new ModelBuilder('clustered layer');
  const next = randomInteger(1);
  const weights = Int8Array.from(
    { length: inputs * outputs },
    () => Math.round((254 * next(codes)) / (codes - 1)) - 127,
  );
  const tensor = (name: string, shape: number[], scale: number, data?: Int8Array) =>
    builder.addTensor({
      name,
      shape,
      type: TensorType.INT8,
      quantization: { scale: [scale], zeroPoint: [0] },
      ...(data && { data }),
    });
  const x = tensor('x', [1, inputs], 1 / 128);
  const w = tensor('w', [outputs, inputs], 1 / 128, weights);
  const y = tensor('y', [1, outputs], 1 / 8);
  builder.addOperator({
    builtin: BuiltinOperator.FULLY_CONNECTED,
    inputs: [x, w, -1],
    outputs: [y],
    optionsType: BuiltinOptions.FullyConnectedOptions,
    options: new FullyConnectedOptionsT(ActivationFunctionType.NONE),
  });
  return writeModel(builder.build([x], [y]));
}
