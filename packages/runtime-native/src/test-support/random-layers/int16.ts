import {
  ActivationFunctionType,
  AddOptionsT,
  BuiltinOptions,
  Conv2DOptionsT,
  DepthwiseConv2DOptionsT,
  FullyConnectedOptionsT,
  MulOptionsT,
  Padding,
  Pool2DOptionsT,
  SoftmaxOptionsT,
  TensorType,
} from '@weightfold/tflite';
import type { Dice, Layer, Layers, LayerTensor } from '../one-layer.js';

// Activations of 16 bits with weights of 8, and what turns codes of one width into another.

const { NONE, RELU, RELU6 } = ActivationFunctionType;
const { SAME, VALID } = Padding;
const { INT8, INT16, INT32, INT64, FLOAT32 } = TensorType;
const size = (shape: number[]) => shape.reduce((product, n) => product * n, 1);
const codes = (shape: number[], scale: number, type = INT16, zero = 0): LayerTensor => ({
  shape,
  type,
  scale,
  zero,
});

function weights(dice: Dice, shape: number[], dimension: number | null): LayerTensor {
  const count = dimension === null ? 1 : shape[dimension]!;
  const scale = Array.from({ length: count }, () => dice.scale(0.001, 0.01));
  return { shape, type: INT8, scale, dimension: dimension ?? 0, data: dice.weights(size(shape)) };
}

/** The operator's inputs, with a bias of 64 bits, of 32 bits where `narrow` allows it, or without one. */
function operands(
  dice: Dice,
  x: LayerTensor,
  w: LayerTensor,
  channels: number,
  narrow: boolean,
): LayerTensor[] {
  const kind = dice.pick(narrow ? ['wide', 'narrow', 'none'] : ['wide', 'wide', 'none']);
  if (kind === 'none') return [x, w];
  const scale = [w.scale!].flat().map((s) => Math.fround(s * (x.scale as number)));
  const numbers = dice.integers(channels, 20_000);
  const wide = kind === 'wide';
  const data = wide ? BigInt64Array.from(numbers, (n) => BigInt(n) * 30n) : Int32Array.from(numbers);
  return [x, w, { shape: [channels], type: wide ? INT64 : INT32, scale, data }];
}

const input = (dice: Dice, shape: number[]) => codes(shape, dice.scale(0.0001, 0.001));
const output = (dice: Dice, shape: number[]) => codes(shape, dice.scale(0.001, 0.01));

export const int16Layers: Layers = {
  convolution: (dice) => {
    const [h, w, inputs, outputs] = [
      dice.between(1, 7),
      dice.between(1, 7),
      dice.between(1, 20),
      dice.between(1, 20),
    ];
    const [kh, kw, stride] = [dice.between(1, 3), dice.between(1, 3), dice.between(1, 2)];
    const filter = weights(dice, [outputs, kh, kw, inputs], 0);
    return {
      op: 'CONV_2D',
      inputs: operands(dice, input(dice, [2, h, w, inputs]), filter, outputs, true),
      output: output(dice, [2, Math.ceil(h / stride), Math.ceil(w / stride), outputs]),
      optionsType: BuiltinOptions.Conv2DOptions,
      options: new Conv2DOptionsT(SAME, stride, stride, dice.pick([NONE, RELU, RELU6]), 1, 1),
    };
  },
  depthwise: (dice) => {
    const [h, w, inputs, multiplier] = [
      dice.between(3, 7),
      dice.between(3, 7),
      dice.between(1, 9),
      dice.between(1, 3),
    ];
    const channels = inputs * multiplier;
    return {
      op: 'DEPTHWISE_CONV_2D',
      inputs: operands(
        dice,
        input(dice, [1, h, w, inputs]),
        weights(dice, [1, 3, 3, channels], 3),
        channels,
        false,
      ),
      output: output(dice, [1, h - 2, w - 2, channels]),
      optionsType: BuiltinOptions.DepthwiseConv2DOptions,
      options: new DepthwiseConv2DOptionsT(VALID, 1, 1, multiplier, dice.pick([NONE, RELU6]), 1, 1),
    };
  },
  dense: (dice) => {
    const [rows, inputs, outputs] = [dice.between(1, 3), dice.between(1, 90), dice.between(1, 30)];
    return {
      op: 'FULLY_CONNECTED',
      version: 7,
      inputs: operands(
        dice,
        input(dice, [rows, inputs]),
        weights(dice, [outputs, inputs], null),
        outputs,
        false,
      ),
      output: output(dice, [rows, outputs]),
      optionsType: BuiltinOptions.FullyConnectedOptions,
      options: new FullyConnectedOptionsT(dice.pick([NONE, RELU])),
    };
  },
  add: (dice) => {
    const [a, b] = dice.pick([
      [
        [2, 3, 7],
        [2, 3, 7],
      ],
      [
        [2, 3, 7],
        [3, 7],
      ],
      [[1], [2, 3, 4, 5]],
      [
        [2, 1, 4, 1],
        [1, 3, 1, 5],
      ],
    ]);
    return {
      op: 'ADD',
      inputs: [input(dice, a!), input(dice, b!)],
      output: output(dice, broadcast(a!, b!)),
      optionsType: BuiltinOptions.AddOptions,
      options: new AddOptionsT(dice.pick([NONE, RELU])),
    };
  },
  multiply: (dice) => {
    const [a, b] = dice.pick([
      [
        [2, 3, 7],
        [2, 3, 7],
      ],
      [
        [2, 3, 7],
        [1, 7],
      ],
      [[1], [2, 3, 4, 5]],
    ]);
    return {
      op: 'MUL',
      inputs: [input(dice, a!), input(dice, b!)],
      output: codes(broadcast(a!, b!), dice.scale(0.00001, 0.001)),
      optionsType: BuiltinOptions.MulOptions,
      options: new MulOptionsT(dice.pick([NONE, RELU6])),
    };
  },
  'average pool': (dice) => pool(dice, 'AVERAGE_POOL_2D'),
  'max pool': (dice) => pool(dice, 'MAX_POOL_2D'),
  softmax: (dice) => {
    const shape = [dice.between(1, 3), dice.between(1, 60)];
    return {
      op: 'SOFTMAX',
      inputs: [codes(shape, dice.scale(0.00005, 0.002))],
      output: codes(shape, 2 ** -15),
      optionsType: BuiltinOptions.SoftmaxOptions,
      options: new SoftmaxOptionsT(dice.pick([1, 0.5])),
    };
  },
  'softmax of int8': (dice) => {
    const shape = [dice.between(1, 3), dice.between(1, 60)];
    return {
      op: 'SOFTMAX',
      inputs: [codes(shape, dice.scale(0.005, 0.2), INT8, dice.between(-128, 127))],
      output: codes(shape, 2 ** -16, INT16, -32768),
      optionsType: BuiltinOptions.SoftmaxOptions,
      options: new SoftmaxOptionsT(1),
    };
  },
  logistic: (dice) => ({
    op: 'LOGISTIC',
    inputs: [codes([4, 100], dice.pick([2 ** -12, 2 ** -11, dice.scale(0.00001, 0.0009)]))],
    output: codes([4, 100], 2 ** -15),
  }),
  tanh: (dice) => ({
    op: 'TANH',
    inputs: [codes([4, 100], dice.pick([2 ** -12, 2 ** -11, dice.scale(0.00001, 0.0009)]))],
    output: codes([4, 100], 2 ** -15),
  }),
  quantize: (dice, seed) => {
    // The pairs that TensorFlow Lite Micro has.
    const [from, to] = [
      [INT16, INT8],
      [INT16, INT16],
      [INT16, INT32],
      [INT8, INT16],
      [INT8, INT32],
      [INT32, INT8],
      [INT32, INT16],
    ][seed % 7]!;
    const zero = (type: TensorType) =>
      type === INT8 ? dice.between(-128, 127) : type === INT16 ? dice.between(-300, 300) : 0;
    const scale = (type: TensorType) => (type === INT8 ? dice.scale(0.05, 0.5) : dice.scale(0.0005, 0.005));
    return {
      op: 'QUANTIZE',
      inputs: [codes([3, 70], scale(from!), from, zero(from!))],
      output: codes([3, 70], scale(to!), to, zero(to!)),
    };
  },
  'to float': (dice) => ({
    op: 'DEQUANTIZE',
    version: 3,
    inputs: [codes([3, 70], dice.scale(0.0005, 0.005), INT16, dice.between(-300, 300))],
    output: { shape: [3, 70], type: FLOAT32 },
  }),
  reshape: (dice) => {
    const x = input(dice, [2, 6]);
    return {
      op: 'RESHAPE',
      inputs: [x, { shape: [1], type: INT32, data: Int32Array.of(12) }],
      output: { ...x, shape: [12] },
    };
  },
};

function pool(dice: Dice, op: 'AVERAGE_POOL_2D' | 'MAX_POOL_2D'): Layer {
  const [h, w, channels] = [dice.between(1, 8), dice.between(1, 8), dice.between(1, 9)];
  const [strideH, strideW] = [dice.between(1, 3), dice.between(1, 3)];
  const x = input(dice, [2, h, w, channels]);
  return {
    op,
    version: 3,
    inputs: [x],
    output: { ...x, shape: [2, Math.ceil(h / strideH), Math.ceil(w / strideW), channels] },
    optionsType: BuiltinOptions.Pool2DOptions,
    options: new Pool2DOptionsT(
      SAME,
      strideW,
      strideH,
      dice.between(1, 4),
      dice.between(1, 4),
      dice.pick([NONE, RELU]),
    ),
  };
}

function broadcast(a: number[], b: number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) =>
    Math.max(a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1),
  );
}
