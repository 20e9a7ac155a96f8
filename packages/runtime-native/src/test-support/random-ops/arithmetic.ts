import {
  AddNOptionsT,
  BuiltinOptions,
  CumsumOptionsT,
  DivOptionsT,
  MaximumMinimumOptionsT,
  MulOptionsT,
  SquaredDifferenceOptionsT,
  SubOptionsT,
} from '@weightfold/tflite';
import type { Dice } from '../dice.js';
import type { Generators } from '../judge.js';
import { type Activation, at, type Constant, type OneOp, scalar } from '../one-op.js';
import { fused } from './shapes.js';
import { unsigned } from './unsigned.js';

// Functions of two tensors: random shapes that repeat along some dimensions, zero points, scales of few digits (so that results fall
// on halves of codes), and saturation; and sums along an axis or of many tensors.

const zeroPoint = (dice: Dice) => dice.pick([-128, 127, 0, dice.between(-128, 127)]);
const scale = ({ pick, between }: Dice) => pick([0.0002, 0.001, 0.01]) * between(1, 300);

/** Two shapes of which one repeats along dimensions of the other, and what comes out. */
function shapes(dice: Dice): { a: number[]; b: number[]; y: number[] } {
  const y = Array.from({ length: dice.between(1, 4) }, () => dice.between(1, 6));
  if (dice.pick([true, false])) return { a: y, b: y, y };
  const thinned = () => y.map((size) => dice.pick([size, size, 1]));
  const b = thinned().slice(dice.pick([0, 0, y.length - 1]));
  const a = y.map((size, i) => (b.at(i - y.length) === size ? dice.pick([size, 1]) : size));
  return dice.pick([
    { a, b, y },
    { a: b, b: a, y },
  ]);
}

/** The tensor as an input of the model, or as a constant. */
function inputOf(dice: Dice, tensor: Activation, constant: boolean): Activation | Constant {
  if (!constant) return tensor;
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  const quantization = { scale: [tensor.scale], zeroPoint: [tensor.zero] };
  return { shape: tensor.shape, data: dice.bytes(count), quantization };
}

function binary(
  op: OneOp['op'],
  dice: Dice,
  optionsType: BuiltinOptions,
  options: NonNullable<OneOp['options']>,
  factor: (a: number, b: number) => number,
): OneOp {
  const { a, b, y } = shapes(dice);
  const [scaleA, scaleB] = [scale(dice), scale(dice)];
  const inputs = [
    inputOf(dice, at(a, scaleA, zeroPoint(dice)), dice.between(0, 3) === 0),
    at(b, scaleB, zeroPoint(dice)),
  ];
  const output = at(y, factor(scaleA, scaleB) * dice.pick([0.2, 0.5, 1, 1.3]), zeroPoint(dice));
  return { op, version: 2, inputs, output, optionsType, options };
}

/** All tensors in one quantization. */
function extremum(op: 'MAXIMUM' | 'MINIMUM', dice: Dice): OneOp {
  const { a, b, y } = shapes(dice);
  const of = (shape: number[]) => at(shape, 0.03, 5);
  const optionsType = BuiltinOptions.MaximumMinimumOptions;
  return {
    op,
    version: 2,
    inputs: [of(a), of(b)],
    output: of(y),
    optionsType,
    options: new MaximumMinimumOptionsT(),
  };
}

/**
 * Divisors of at most 15 codes, none of them zero, and quotients of 4 steps or more for each code of the dividend: for smaller ones
 * TFLite Micro shifts 32-bit numbers by more than 31 bits, which means something else on every processor.
 */
function div(dice: Dice): OneOp {
  const factor = dice.between(40, 1000) / 10;
  const options = new DivOptionsT(fused(dice));
  const one = binary('DIV', dice, BuiltinOptions.DivOptions, options, (a, b) => a / b / factor / 1.3);
  const { zero } = one.inputs[1] as Activation;
  const divisor = (byte: number) => {
    const code = Math.max(-128, Math.min(127, zero + (byte % 31) - 15));
    return code === zero ? (zero > 0 ? zero - 1 : zero + 1) : code;
  };
  return { ...one, examples: (bytes) => bytes.map(divisor) };
}

function prelu(dice: Dice): OneOp {
  const y = Array.from({ length: dice.between(1, 4) }, () => dice.between(1, 6));
  const slope = at(
    y.map((size, i) => (i === y.length - 1 ? size : dice.pick([1, size]))),
    scale(dice) / 10,
    dice.pick([0, 3]),
  );
  const inputs = [at(y, scale(dice), zeroPoint(dice)), inputOf(dice, slope, dice.pick([true, false]))];
  return { op: 'PRELU', inputs, output: at(y, scale(dice), zeroPoint(dice)) };
}

function addN(dice: Dice): OneOp {
  const shape = [dice.between(1, 4), dice.between(1, 9)];
  const [step, zero] = [scale(dice), zeroPoint(dice)];
  const inputs = Array.from({ length: dice.between(2, 6) }, () => at(shape, step, zero));
  const output = at(shape, step * dice.pick([0.5, 1, 3]), zeroPoint(dice));
  return {
    op: 'ADD_N',
    inputs,
    output,
    optionsType: BuiltinOptions.AddNOptions,
    options: new AddNOptionsT(),
  };
}

function cumsum(dice: Dice): OneOp {
  const shape = Array.from({ length: dice.between(1, 4) }, () => dice.between(1, 7));
  const step = scale(dice);
  const options = new CumsumOptionsT(dice.pick([true, false]), dice.pick([true, false]));
  const axis = scalar(dice.between(-shape.length, shape.length - 1));
  const inputs = [at(shape, step, zeroPoint(dice)), { ...axis, shape: [1] }];
  const output = at(shape, step * dice.pick([0.5, 1, 3]), zeroPoint(dice));
  return { op: 'CUMSUM', inputs, output, optionsType: BuiltinOptions.CumsumOptions, options };
}

const { SubOptions, MulOptions, SquaredDifferenceOptions } = BuiltinOptions;
export const arithmetic: Generators = {
  sub: (dice) => binary('SUB', dice, SubOptions, new SubOptionsT(fused(dice)), (a, b) => a + b),
  mul: (dice) => binary('MUL', dice, MulOptions, new MulOptionsT(fused(dice)), (a, b) => 255 * a * b),
  'squared difference': (dice) =>
    binary(
      'SQUARED_DIFFERENCE',
      dice,
      SquaredDifferenceOptions,
      new SquaredDifferenceOptionsT(),
      (a, b) => 255 * Math.max(a, b) ** 2,
    ),
  div,
  maximum: (dice) => extremum('MAXIMUM', dice),
  minimum: (dice) => extremum('MINIMUM', dice),
  prelu,
  'add n': addN,
  cumsum,
};

export const litertArithmetic: Generators = {
  // Quotients of scales that are whole numbers, nearly: how factors were rounded decides.
  'mul next to ties uint8': unsigned((dice) =>
    binary('MUL', dice, MulOptions, new MulOptionsT(fused(dice)), (a, b) => 20 * a * b),
  ),
};
