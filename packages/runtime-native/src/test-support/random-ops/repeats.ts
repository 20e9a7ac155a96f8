import {
  BuiltinOptions,
  RankOptionsT,
  ReverseV2OptionsT,
  TensorType,
  TileOptionsT,
} from '@weightfold/tflite';
import type { Dice } from '../dice.js';
import type { Generators } from '../judge.js';
import { integers, type OneOp, plain } from '../one-op.js';
import { FLOAT32, INT8, INT16, INT32, named, range, shapeOf, tensor } from './shapes.js';

// TILE and REVERSE_V2, and RANK, which only looks at a shape.

const anyType = (dice: Dice) => dice.pick([INT8, INT8, INT16, INT32, FLOAT32]);

function reverse(dice: Dice): OneOp {
  const shape = shapeOf(dice);
  const type = anyType(dice);
  // TFLite reverses dimensions that follow one another.
  const first = dice.between(0, shape.length - 1);
  const axes = range(dice.between(1, shape.length - first)).map((i) => named(dice, first + i, shape.length));
  return {
    op: 'REVERSE_V2',
    version: 3,
    inputs: [tensor(shape, type), integers(...axes)],
    output: tensor(shape, type),
    optionsType: BuiltinOptions.ReverseV2Options,
    options: new ReverseV2OptionsT(),
  };
}

function tile(dice: Dice): OneOp {
  const shape = shapeOf(dice);
  const type = anyType(dice);
  const times = shape.map(() => dice.between(1, 3));
  return {
    op: 'TILE',
    version: 2,
    inputs: [tensor(shape, type), integers(...times)],
    output: tensor(
      shape.map((size, i) => size * times[i]!),
      type,
    ),
    optionsType: BuiltinOptions.TileOptions,
    options: new TileOptionsT(),
  };
}

function rank(dice: Dice): OneOp {
  return {
    op: 'RANK',
    inputs: [tensor(shapeOf(dice), anyType(dice))],
    output: plain([], TensorType.INT32),
    optionsType: BuiltinOptions.RankOptions,
    options: new RankOptionsT(),
  };
}

export const repeats: Generators = { 'reverse v2': reverse };

// TensorFlow Lite Micro does not have these.
export const litertRepeats: Generators = { tile, rank };
