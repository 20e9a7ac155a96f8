import { BuiltinOptions, LeakyReluOptionsT } from '@weightfold/tflite';
import type { Dice } from '../dice.js';
import type { Generators } from '../judge.js';
import { at, type OneOp } from '../one-op.js';
import { unsigned } from './unsigned.js';

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

function leakyRelu(dice: Dice, slopes: readonly number[]): OneOp {
  const alpha = Math.fround(dice.pick(slopes));
  const optionsType = BuiltinOptions.LeakyReluOptions;
  return { ...unary('LEAKY_RELU', dice), optionsType, options: new LeakyReluOptionsT(alpha) };
}

/** Codes below zero have no root, nor logarithm: the judges end the inference there. */
function ofPositive(op: 'RSQRT' | 'SQRT' | 'LOG', dice: Dice): OneOp {
  const one = unary(op, dice);
  const [x] = one.inputs as [ReturnType<typeof at>];
  const zero = Math.min(x.zero, 120);
  const least = op === 'LOG' ? zero + 1 : zero;
  const examples = () => everyCode().map((byte) => (Math.max((byte << 24) >> 24, least) + 256) % 256);
  return { ...one, inputs: [{ ...x, zero }], examples };
}

const slopes = [0.01, 0.1, 0.3, 1.5, 0];

export const tables: Generators = {
  logistic: (dice) => unary('LOGISTIC', dice, { scale: 1 / 256, zero: -128 }),
  tanh: (dice) => unary('TANH', dice, { scale: 1 / 128, zero: 0 }),
  abs: (dice) => unary('ABS', dice),
  elu: (dice) => unary('ELU', dice),
  'hard swish': hardSwish,
  'leaky relu': (dice) => leakyRelu(dice, [...slopes, -0.25]),
  rsqrt: (dice) => ofPositive('RSQRT', dice),
  relu: (dice) => unary('RELU', dice),
};

// TensorFlow Lite Micro does not have these.
export const litertTables: Generators = {
  'relu −1 to 1': (dice) => unary('RELU_N1_TO_1', dice),
  exp: (dice) => unary('EXP', dice),
  log: (dice) => ofPositive('LOG', dice),
  sqrt: (dice) => ofPositive('SQRT', dice),
  neg: (dice) => {
    const x = at([1, 256], scale(dice), 0);
    return { op: 'NEG', inputs: [x], output: x, examples: everyCode };
  },
  'relu 0 to 1': (dice) => unary('RELU_0_TO_1', dice),
  'leaky relu uint8': unsigned((dice) => leakyRelu(dice, slopes)),
  'relu6 uint8': unsigned((dice) => unary('RELU6', dice)),
};
