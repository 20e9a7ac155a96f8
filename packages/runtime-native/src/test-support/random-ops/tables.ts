import { BuiltinOptions, LeakyReluOptionsT } from '@weightfold/tflite';
import type { Dice } from '../dice.js';
import type { Generators } from '../judge.js';
import { at, type OneOp } from '../one-op.js';

// Functions of one code: every code, with scales from a thousandth of usual ones to a thousand times them.

const everyCode = () => Uint8Array.from({ length: 256 }, (_, i) => i);

// Few digits, so that quotients of scales fall on halves of codes now and then.
function scale({ pick, between }: Dice): number {
  return Math.fround(pick([0.00001, 0.0001, 0.001, 0.01]) * between(1, 300));
}

function unary(op: OneOp['op'], dice: Dice, output?: { scale: number; zero: number }): OneOp {
  const zero = () => dice.pick([-128, 127, 0, dice.between(-128, 127)]);
  const y = output ?? { scale: dice.pick([scale(dice), 0.03]), zero: zero() };
  return {
    op,
    inputs: [at([1, 256], scale(dice), zero())],
    output: at([1, 256], y.scale, y.zero),
    examples: everyCode,
  };
}

/** The output is not much finer than the input, as HARD_SWISH needs it. */
function hardSwish(dice: Dice): OneOp {
  const one = unary('HARD_SWISH', dice);
  const [input] = one.inputs as [ReturnType<typeof at>];
  return {
    ...one,
    output: at([1, 256], input.scale * dice.pick([0.3, 0.5, 1, 2.7]), dice.between(-128, 127)),
  };
}

function leakyRelu(dice: Dice): OneOp {
  const alpha = Math.fround(dice.pick([0.01, 0.1, 0.3, 1.5, 0, -0.25]));
  const optionsType = BuiltinOptions.LeakyReluOptions;
  return { ...unary('LEAKY_RELU', dice), optionsType, options: new LeakyReluOptionsT(alpha) };
}

/** Codes below zero have no root: TFLite Micro ends the inference there. */
function rsqrt(dice: Dice): OneOp {
  const one = unary('RSQRT', dice);
  const { zero } = one.inputs[0] as ReturnType<typeof at>;
  const examples = () => everyCode().map((byte) => (Math.max((byte << 24) >> 24, zero) + 256) % 256);
  return { ...one, examples };
}

export const tables: Generators = {
  logistic: (dice) => unary('LOGISTIC', dice, { scale: 1 / 256, zero: -128 }),
  tanh: (dice) => unary('TANH', dice, { scale: 1 / 128, zero: 0 }),
  abs: (dice) => unary('ABS', dice),
  elu: (dice) => unary('ELU', dice),
  'hard swish': hardSwish,
  'leaky relu': leakyRelu,
  rsqrt,
  relu: (dice) => unary('RELU', dice),
};

// TensorFlow Lite Micro does not have these.
export const litertTables: Generators = {
  'relu −1 to 1': (dice) => unary('RELU_N1_TO_1', dice),
  'relu 0 to 1': (dice) => unary('RELU_0_TO_1', dice),
};
