import { needing, noise, outputsOf } from '@weightfold/test-support';
import {
  ActivationFunctionType,
  BuiltinOperator,
  BuiltinOptions,
  Conv2DOptionsT,
  DepthwiseConv2DOptionsT,
  FullyConnectedOptionsT,
  ModelBuilder,
  Padding,
  TensorType,
  writeModel,
} from '@weightfold/tflite';
import { describe, expect, it } from 'vitest';
import { Model, nativeInfo } from './index.js';
import { dice } from './test-support/dice.js';
import { inputBytes, runOurs } from './test-support/run.js';

// Shapes that real networks do not have: odd channels, one pixel, large strides. Every instruction set must give the bytes
// of the scalar kernels, and these the bytes of TensorFlow Lite Micro.

const activations = [ActivationFunctionType.NONE, ActivationFunctionType.RELU, ActivationFunctionType.RELU6];

function randomModel(op: 'conv' | 'depthwise' | 'dense', seed: number): Uint8Array {
  const { pick, bytes, scales } = dice(seed);
  const builder = new ModelBuilder('test');
  const [inputs, outputs] = [
    pick([1, 3, 4, 5, 8, 13, 16, 24, 31, 40, 64]),
    pick([1, 2, 3, 7, 8, 9, 16, 17, 32, 33, 48, 70]),
  ];
  const [h, w] = [pick([1, 2, 5, 8, 11]), pick([1, 3, 6, 9, 14])];
  const [kh, kw] = [pick([1, 1, 2, 3, 5]), pick([1, 1, 3, 4])];
  const [sh, sw] = [pick([1, 2, 3]), pick([1, 2])];
  const multiplier = pick([1, 1, 2, 3]);
  const channels = op === 'depthwise' ? inputs * multiplier : outputs;
  const inputShape = op === 'dense' ? [pick([1, 1, 3]), inputs] : [1, h, w, inputs];
  const weightShape = {
    conv: [channels, kh, kw, inputs],
    depthwise: [1, kh, kw, channels],
    dense: [channels, inputs],
  }[op];
  const outputShape =
    op === 'dense' ? [inputShape[0]!, channels] : [1, Math.ceil(h / sh), Math.ceil(w / sw), channels];
  const perChannel = op !== 'dense';
  const scale = scales(perChannel ? channels : 1);
  const zeros = scale.map(() => 0);
  const dimension = op === 'depthwise' ? 3 : 0;
  const input = { scale: [Math.fround(0.03)], zeroPoint: [pick([-128, 0, 17])] };
  const output = { scale: [Math.fround(pick([0.02, 0.11, 0.7]))], zeroPoint: [pick([-128, 3, -20])] };
  const x = builder.addTensor({ name: 'x', shape: inputShape, type: TensorType.INT8, quantization: input });
  const weights = builder.addTensor({
    name: 'w',
    shape: weightShape,
    type: TensorType.INT8,
    quantization: { scale, zeroPoint: zeros, dimension },
    data: bytes(weightShape.reduce((product, n) => product * n, 1)),
  });
  const bias = builder.addTensor({
    name: 'b',
    shape: [channels],
    type: TensorType.INT32,
    quantization: { scale: scale.map((s) => Math.fround(s * input.scale[0]!)), zeroPoint: zeros },
    data: Int32Array.from(bytes(channels), (v) => v * 50),
  });
  const y = builder.addTensor({ name: 'y', shape: outputShape, type: TensorType.INT8, quantization: output });
  const activation = pick(activations);
  const spec = {
    conv: {
      builtin: BuiltinOperator.CONV_2D,
      version: 3,
      optionsType: BuiltinOptions.Conv2DOptions,
      options: new Conv2DOptionsT(Padding.SAME, sw, sh, activation, 1, 1),
    },
    depthwise: {
      builtin: BuiltinOperator.DEPTHWISE_CONV_2D,
      version: 3,
      optionsType: BuiltinOptions.DepthwiseConv2DOptions,
      options: new DepthwiseConv2DOptionsT(Padding.SAME, sw, sh, multiplier, activation, 1, 1),
    },
    dense: {
      builtin: BuiltinOperator.FULLY_CONNECTED,
      version: 4,
      optionsType: BuiltinOptions.FullyConnectedOptions,
      options: new FullyConnectedOptionsT(activation),
    },
  }[op];
  builder.addOperator({ ...spec, inputs: [x, weights, bias], outputs: [y] });
  return writeModel(builder.build([x], [y]));
}

const { available } = nativeInfo();

describe.each(['conv', 'depthwise', 'dense'] as const)('%s', (op) => {
  it.each(['tflm', 'litert-ref', 'single'] as const)(
    'gives the scalar bytes on every instruction set, mode %s',
    (rounding) => {
      for (let seed = 0; seed < 80; seed++) {
        const bytes = randomModel(op, 1000 * seed + op.length);
        const results = available.map((isa) => {
          const model = Model.load(bytes, { isa, rounding });
          const outputs = runOurs(model, noise(3 * inputBytes(model), seed));
          model.dispose();
          return outputs.toString('hex');
        });
        expect(new Set(results).size, `seed ${seed}`).toBe(1);
      }
    },
  );

  it('gives the bytes of TensorFlow Lite Micro', needing('python'), async () => {
    const cases = Array.from({ length: 40 }, (_, seed) => {
      const model = randomModel(op, 1000 * seed + op.length);
      const loaded = Model.load(model);
      const examples = noise(3 * inputBytes(loaded), seed);
      const ours = runOurs(loaded, examples);
      loaded.dispose();
      return { model, examples, ours };
    });
    const theirs = await outputsOf('tflm', cases);
    for (const [seed, { ours }] of cases.entries()) {
      expect.soft(Buffer.compare(ours, theirs[seed]!), `seed ${seed}`).toBe(0);
    }
  });
});
