import {
  ActivationFunctionType,
  AddOptionsT,
  BuiltinOptions,
  Conv2DOptionsT,
  DepthwiseConv2DOptionsT,
  FullyConnectedOptionsT,
  Padding,
  Pool2DOptionsT,
  SoftmaxOptionsT,
  TensorType,
} from '@weightfold/tflite';
import type { Dice, Layer, Layers, LayerTensor } from '../one-layer.js';

// Layers of uint8, with weights that have a zero point.

const { NONE, RELU, RELU6 } = ActivationFunctionType;
const { SAME, VALID } = Padding;
const { UINT8, INT8, INT32, FLOAT32 } = TensorType;

export const uint8Codes = (shape: number[], scale: number, zero: number): LayerTensor => ({
  shape,
  type: UINT8,
  scale,
  zero,
});
const size = (shape: number[]) => shape.reduce((product, n) => product * n, 1);

/** Weights that lie close to the zero point in half of the cases, so that they fit in 8 bits without it. */
function weights(dice: Dice, shape: number[]): LayerTensor {
  const zero = dice.between(1, 255);
  const close = dice.pick([true, false]);
  const data = dice
    .bytes(size(shape))
    .map((code) => (close ? Math.min(255, Math.max(0, zero + (code >> 2) - 32)) : code));
  return { shape, type: UINT8, scale: dice.scale(0.001, 0.01), zero, data };
}

/** With a bias: LiteRT refuses convolutions of uint8 without one. */
function layerOf(dice: Dice, x: LayerTensor, w: LayerTensor, channels: number): LayerTensor[] {
  const scale = Math.fround((x.scale as number) * (w.scale as number));
  const data = Int32Array.from(dice.integers(channels, 3000));
  return [x, w, { shape: [channels], type: INT32, scale, data }];
}

const input = (dice: Dice, shape: number[]) =>
  uint8Codes(shape, dice.scale(0.01, 0.05), dice.between(0, 255));
const output = (dice: Dice, shape: number[]) =>
  uint8Codes(shape, dice.scale(0.05, 0.9), dice.between(0, 255));

function convolution(dice: Dice): Layer {
  const [h, w, inputs, outputs] = [
    dice.between(1, 9),
    dice.between(1, 9),
    dice.between(1, 24),
    dice.between(1, 36),
  ];
  const [kh, kw, stride] = [dice.between(1, 3), dice.between(1, 3), dice.between(1, 2)];
  const x = input(dice, [1, h, w, inputs]);
  return {
    op: 'CONV_2D',
    inputs: layerOf(dice, x, weights(dice, [outputs, kh, kw, inputs]), outputs),
    output: output(dice, [1, Math.ceil(h / stride), Math.ceil(w / stride), outputs]),
    optionsType: BuiltinOptions.Conv2DOptions,
    options: new Conv2DOptionsT(SAME, stride, stride, dice.pick([NONE, RELU, RELU6]), 1, 1),
  };
}

function depthwise(dice: Dice): Layer {
  const [h, w, inputs, multiplier] = [
    dice.between(3, 9),
    dice.between(3, 9),
    dice.between(1, 20),
    dice.pick([1, 1, 2, 8]),
  ];
  const channels = inputs * multiplier;
  const x = input(dice, [1, h, w, inputs]);
  return {
    op: 'DEPTHWISE_CONV_2D',
    inputs: layerOf(dice, x, weights(dice, [1, 3, 3, channels]), channels),
    output: output(dice, [1, h - 2, w - 2, channels]),
    optionsType: BuiltinOptions.DepthwiseConv2DOptions,
    options: new DepthwiseConv2DOptionsT(VALID, 1, 1, multiplier, dice.pick([NONE, RELU6]), 1, 1),
  };
}

function dense(dice: Dice): Layer {
  const [rows, inputs, outputs] = [dice.between(1, 3), dice.between(1, 90), dice.between(1, 40)];
  const x = input(dice, [rows, inputs]);
  return {
    op: 'FULLY_CONNECTED',
    inputs: layerOf(dice, x, weights(dice, [outputs, inputs]), outputs),
    output: output(dice, [rows, outputs]),
    optionsType: BuiltinOptions.FullyConnectedOptions,
    options: new FullyConnectedOptionsT(dice.pick([NONE, RELU])),
  };
}

function pool(dice: Dice, op: 'AVERAGE_POOL_2D' | 'MAX_POOL_2D'): Layer {
  const [h, w, channels] = [dice.between(2, 8), dice.between(2, 8), dice.between(1, 40)];
  const x = input(dice, [1, h, w, channels]);
  return {
    op,
    inputs: [x],
    output: { ...x, shape: [1, h, w, channels] },
    optionsType: BuiltinOptions.Pool2DOptions,
    options: new Pool2DOptionsT(SAME, 1, 1, dice.between(1, 4), dice.between(1, 4), dice.pick([NONE, RELU])),
  };
}

export const uint8Layers: Layers = {
  convolution,
  depthwise,
  dense,
  'average pool': (dice) => pool(dice, 'AVERAGE_POOL_2D'),
  'max pool': (dice) => pool(dice, 'MAX_POOL_2D'),
  add: (dice) => {
    const shape = [1, dice.between(1, 6), dice.between(1, 40)];
    return {
      op: 'ADD',
      inputs: [input(dice, shape), input(dice, shape)],
      output: output(dice, shape),
      optionsType: BuiltinOptions.AddOptions,
      options: new AddOptionsT(dice.pick([NONE, RELU])),
    };
  },
  softmax: (dice) => {
    const shape = [dice.between(1, 3), dice.between(2, 50)];
    return {
      op: 'SOFTMAX',
      inputs: [input(dice, shape)],
      output: uint8Codes(shape, 1 / 256, 0),
      optionsType: BuiltinOptions.SoftmaxOptions,
      options: new SoftmaxOptionsT(1),
    };
  },
  pad: (dice) => {
    const x = input(dice, [1, 4, 5, 3]);
    const paddings = { shape: [4, 2], type: INT32, data: Int32Array.of(0, 0, 1, 2, 2, 1, 0, 0) };
    return { op: 'PAD', inputs: [x, paddings], output: { ...x, shape: [1, 7, 8, 3] } };
  },
  transpose: (dice) => {
    const x = input(dice, [1, 4, 5, 3]);
    const order = { shape: [4], type: INT32, data: Int32Array.of(0, 3, 1, 2) };
    return { op: 'TRANSPOSE', inputs: [x, order], output: { ...x, shape: [1, 3, 4, 5] } };
  },
  reshape: (dice) => {
    const x = input(dice, [2, 6]);
    const shape = { shape: [1], type: INT32, data: Int32Array.of(12) };
    return { op: 'RESHAPE', inputs: [x, shape], output: { ...x, shape: [12] } };
  },
  'to int8': (dice) => {
    const x = input(dice, [3, 50]);
    const y = { ...x, type: INT8, scale: dice.scale(0.01, 0.1), zero: dice.between(-128, 127) };
    return { op: 'QUANTIZE', inputs: [x], output: y };
  },
  'from int8': (dice) => {
    const y = output(dice, [3, 50]);
    const x = { ...y, type: INT8, scale: dice.scale(0.1, 0.9), zero: dice.between(-128, 127) };
    return { op: 'QUANTIZE', inputs: [x], output: y };
  },
  'to float': (dice) => {
    const x = input(dice, [3, 50]);
    return { op: 'DEQUANTIZE', version: 2, inputs: [x], output: { shape: [3, 50], type: FLOAT32 } };
  },
};
