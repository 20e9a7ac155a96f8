import {
  ArgMaxOptionsT,
  ArgMinOptionsT,
  BuiltinOptions,
  L2NormOptionsT,
  LogSoftmaxOptionsT,
  ReducerOptionsT,
  TensorType,
} from '@weightfold/tflite';
import type { Dice } from '../dice.js';
import type { Generators } from '../judge.js';
import { at, integers, type OneOp, plain, scalar } from '../one-op.js';

// Operators that bring a dimension, or several, down to one number, and those whose answers depend on a whole row.

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const zeroPoint = (dice: Dice) => dice.pick([-128, 127, 0, dice.between(-128, 127)]);
const scale = ({ pick, between }: Dice) => pick([0.0002, 0.001, 0.01]) * between(1, 300);

function reduce(dice: Dice, op: 'MEAN' | 'SUM' | 'REDUCE_MAX' | 'REDUCE_MIN'): OneOp {
  const shape = range(dice.between(1, 4)).map(() => dice.between(1, 7));
  // TFLite Micro has room for two axes.
  const axes = range(dice.between(1, Math.min(2, shape.length))).map(() => dice.between(0, shape.length - 1));
  const keep = dice.pick([true, false]);
  const output = shape.flatMap((size, i) => (!axes.includes(i) ? [size] : keep ? [1] : []));
  const asked = axes.map((axis) => dice.pick([axis, axis - shape.length]));
  const [x, zero] = [scale(dice), zeroPoint(dice)];
  const same = op.startsWith('REDUCE_') || dice.between(0, 3) === 0;
  const y = same ? at(output, x, zero) : at(output, x * dice.pick([0.3, 0.5, 1, 4]), zeroPoint(dice));
  return {
    op,
    version: 2,
    inputs: [at(shape, x, zero), integers(...asked)],
    output: y,
    optionsType: BuiltinOptions.ReducerOptions,
    options: new ReducerOptionsT(keep),
  };
}

/** Few codes, so that several are the largest. */
function argExtreme(dice: Dice, op: 'ARG_MAX' | 'ARG_MIN'): OneOp {
  const shape = range(dice.between(1, 4)).map(() => dice.between(1, 6));
  const axis = dice.between(0, shape.length - 1);
  const [type, options] =
    op === 'ARG_MAX'
      ? [BuiltinOptions.ArgMaxOptions, new ArgMaxOptionsT(TensorType.INT32)]
      : [BuiltinOptions.ArgMinOptions, new ArgMinOptionsT(TensorType.INT32)];
  return {
    op,
    version: 2,
    inputs: [at(shape), scalar(dice.pick([axis, axis - shape.length]))],
    output: plain(
      shape.filter((_, i) => i !== axis),
      TensorType.INT32,
    ),
    optionsType: type,
    options,
    examples: (bytes) => bytes.map((byte) => (byte >> 5) + 253),
  };
}

function rows(dice: Dice, op: OneOp['op'], outputScale: number, zero: number): OneOp {
  const shape = [...range(dice.between(0, 3)).map(() => dice.between(1, 4)), dice.pick([1, 2, 3, 10, 40])];
  return {
    op,
    version: 2,
    inputs: [at(shape, scale(dice), zeroPoint(dice))],
    output: at(shape, outputScale, zero),
  };
}

export const reductions: Generators = {
  mean: (dice) => reduce(dice, 'MEAN'),
  sum: (dice) => reduce(dice, 'SUM'),
  'reduce max': (dice) => reduce(dice, 'REDUCE_MAX'),
  'reduce min': (dice) => reduce(dice, 'REDUCE_MIN'),
  'arg max': (dice) => argExtreme(dice, 'ARG_MAX'),
  'arg min': (dice) => argExtreme(dice, 'ARG_MIN'),
  'log softmax': (dice) => ({
    ...rows(dice, 'LOG_SOFTMAX', 1 / 16, 127),
    optionsType: BuiltinOptions.LogSoftmaxOptions,
    options: new LogSoftmaxOptionsT(),
  }),
  'l2 normalization': (dice) => ({
    ...rows(dice, 'L2_NORMALIZATION', 1 / 128, 0),
    optionsType: BuiltinOptions.L2NormOptions,
    options: new L2NormOptionsT(),
  }),
};
