import {
  ActivationFunctionType,
  BuiltinOptions,
  SVDFOptionsT,
  TensorType,
  UnidirectionalSequenceLSTMOptionsT,
} from '@weightfold/tflite';
import type { Dice, Layer, Layers, LayerTensor } from '../one-layer.js';

// Layers with state.

const { RELU, TANH } = ActivationFunctionType;
const { INT8, INT16, INT32, INT64 } = TensorType;
const size = (shape: number[]) => shape.reduce((product, n) => product * n, 1);

function codes(shape: number[], type: TensorType, scale: number, zero = 0): LayerTensor {
  return { shape, type, scale, zero };
}

function weights(dice: Dice, shape: number[], type = INT8): LayerTensor {
  const bytes = dice.weights(size(shape));
  const data = type === INT8 ? bytes : Int16Array.from(bytes, (code) => 3 * code);
  return { shape, type, scale: dice.scale(0.002, 0.01), data };
}

function bias(dice: Dice, count: number, scale: number, type = INT32): LayerTensor {
  const numbers = dice.integers(count, 2000);
  const data = type === INT32 ? Int32Array.from(numbers) : BigInt64Array.from(numbers, BigInt);
  return { shape: [count], type, scale, data };
}

function svdf(dice: Dice, stateType: TensorType): Layer {
  const [batch, inputs, rank] = [dice.between(1, 3), dice.between(1, 40), dice.pick([1, 1, 2, 3])];
  const [units, memory] = [dice.between(1, 12), dice.between(1, 10)];
  const filters = units * rank;
  const wide = stateType === INT16;
  const stateScale = wide ? dice.scale(0.001, 0.005) : dice.scale(0.05, 0.2);
  const state = codes([batch, filters * memory], stateType, stateScale, wide ? 0 : dice.between(-40, 40));
  const time = weights(dice, [filters, memory], stateType);
  return {
    op: 'SVDF',
    version: 3,
    inputs: [
      codes([batch, inputs], INT8, dice.scale(0.02, 0.1), dice.between(-128, 127)),
      weights(dice, [filters, inputs]),
      time,
      bias(dice, units, Math.fround(stateScale * (time.scale as number))),
      { ...state, variable: true },
    ],
    output: codes([batch, units], INT8, dice.scale(0.02, 0.5), dice.between(-128, 127)),
    optionsType: BuiltinOptions.SVDFOptions,
    options: new SVDFOptionsT(rank, RELU),
  };
}

function lstm(dice: Dice, type: TensorType): Layer {
  const [batch, steps, inputs, cells] = [
    dice.between(1, 3),
    dice.between(1, 6),
    dice.between(1, 30),
    dice.between(1, 20),
  ];
  const timeMajor = dice.pick([true, false]);
  const wide = type === INT16;
  const zero = () => (wide ? 0 : dice.between(-128, 127));
  const shape = (depth: number) => (timeMajor ? [steps, batch, depth] : [batch, steps, depth]);
  const x = codes(shape(inputs), type, wide ? dice.scale(0.00001, 0.0001) : dice.scale(0.002, 0.02), zero());
  const hidden = codes([batch, cells], type, wide ? 2 ** -15 : dice.scale(0.005, 0.01), zero());
  const cell = codes([batch, cells], INT16, dice.pick([2 ** -9, 2 ** -11, 2 ** -12, 2 ** -14, 2 ** -15]));
  const gates = [0, 1, 2, 3].map(() => ({
    w: weights(dice, [cells, inputs]),
    r: weights(dice, [cells, cells]),
  }));
  const biases = gates.map(({ w }) =>
    bias(dice, cells, Math.fround((x.scale as number) * (w.scale as number)), wide ? INT64 : INT32),
  );
  const none = (count: number) => Array.from({ length: count }, () => null);
  return {
    op: 'UNIDIRECTIONAL_SEQUENCE_LSTM',
    inputs: [
      x,
      ...gates.map(({ w }) => w),
      ...gates.map(({ r }) => r),
      ...none(3),
      ...biases,
      ...none(2),
      { ...hidden, variable: true },
      { ...cell, variable: true },
      ...none(4),
    ],
    output: { ...hidden, shape: shape(cells) },
    optionsType: BuiltinOptions.UnidirectionalSequenceLSTMOptions,
    options: new UnidirectionalSequenceLSTMOptionsT(TANH, dice.pick([0, 1, 10]), 0, timeMajor),
  };
}

export const recurrentLayers: Layers = {
  'SVDF, int8 state': (dice) => svdf(dice, INT8),
  'SVDF, int16 state': (dice) => svdf(dice, INT16),
  'LSTM, int8': (dice) => lstm(dice, INT8),
  'LSTM, int16': (dice) => lstm(dice, INT16),
};
