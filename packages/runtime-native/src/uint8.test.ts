import { needing, noise, outputsOf } from '@weightfold/test-support';
import {
  ActivationFunctionType,
  BuiltinOperator,
  BuiltinOptions,
  Conv2DOptionsT,
  LeakyReluOptionsT,
  ModelBuilder,
  Padding,
  TensorType,
  writeModel,
} from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { Model } from './index.js';
import { expectLike, layerModel } from './test-support/one-layer.js';
import { uint8Codes, uint8Layers } from './test-support/random-layers/uint8.js';
import { inputBytes, runOurs } from './test-support/run.js';

it('random operators of uint8 give the bytes of LiteRT’s reference kernels', needing('python'), () =>
  expectLike('litert-ref', uint8Layers, 20),
);

it('inputs and outputs stay uint8, and operators whose rules for it are others are refused', () => {
  const x = uint8Codes([1, 16], 0.1, 7);
  const model = Model.load(
    layerModel({ op: 'QUANTIZE', inputs: [x], output: { ...x, scale: 0.2, zero: 9 } }),
  );
  expect(model.inputs[0]).toMatchObject({ dtype: 'uint8', zeroPoint: 7 });
  expect(model.outputs[0]).toMatchObject({ dtype: 'uint8', zeroPoint: 9 });
  expect([...model.run([new Uint8Array(16).fill(107)])[0]!]).toEqual(Array.from({ length: 16 }, () => 59));
  const options = new LeakyReluOptionsT(-0.5);
  const leaky = { inputs: [x], output: x, optionsType: BuiltinOptions.LeakyReluOptions, options };
  expect(() => Model.load(layerModel({ op: 'LEAKY_RELU', ...leaky }))).toThrow(/the slope is negative/);
  const elu = layerModel({ op: 'ELU', inputs: [x], output: x });
  expect(() => Model.load(elu)).toThrow(
    /operator 0 \(ELU\), tensor 0 \(x0\): the operator does not take uint8/,
  );
});

/** Two 1×1 convolutions of 48 channels; in the first only the last 8 have weights. The second's weights need their zero point. */
function deadChannels(): Uint8Array {
  const builder = new ModelBuilder('dead channels');
  const image = (name: string, scale: number, zero: number) => {
    const quantization = { scale: [Math.fround(scale)], zeroPoint: [zero] };
    return builder.addTensor({ name, shape: [1, 4, 4, 48], type: TensorType.UINT8, quantization });
  };
  const convolve = (x: number, y: number, data: Uint8Array, zero: number) => {
    const quantization = { scale: [Math.fround(0.01)], zeroPoint: [zero] };
    const w = builder.addTensor({
      name: 'w',
      shape: [48, 1, 1, 48],
      type: TensorType.UINT8,
      quantization,
      data,
    });
    const bias = Int32Array.from(noise(48, zero), (byte) => 20 * (byte - 100));
    const b = builder.addTensor({
      name: 'b',
      shape: [48],
      type: TensorType.INT32,
      quantization: { scale: [1e-3], zeroPoint: [0] },
      data: bias,
    });
    const options = new Conv2DOptionsT(Padding.SAME, 1, 1, ActivationFunctionType.NONE, 1, 1);
    const optionsType = BuiltinOptions.Conv2DOptions;
    builder.addOperator({
      builtin: BuiltinOperator.CONV_2D,
      inputs: [x, w, b],
      outputs: [y],
      optionsType,
      options,
    });
  };
  const [x, middle, y] = [image('x', 0.1, 3), image('middle', 0.2, 120), image('y', 0.5, 128)];
  convolve(
    x,
    middle,
    noise(48 * 48, 1).map((code, i) => (i < 40 * 48 ? 128 : code >> 1)),
    128,
  );
  convolve(middle, y, noise(48 * 48, 2), 30);
  return writeModel(builder.build([x], [y]));
}

it('channels without weights before weights with a zero point', needing('python'), async () => {
  const model = deadChannels();
  const loaded = Model.load(model);
  const examples = noise(3 * inputBytes(loaded), 4);
  const [theirs] = await outputsOf('litert-ref', [{ model, examples }]);
  expect(runOurs(loaded, examples).toString('hex')).toBe(theirs!.toString('hex'));
});
