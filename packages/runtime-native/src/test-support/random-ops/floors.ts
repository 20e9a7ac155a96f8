import { BuiltinOptions, FloorDivOptionsT, FloorModOptionsT, TensorType } from '@weightfold/tflite';
import type { Dice } from '../dice.js';
import type { Generators } from '../judge.js';
import { type Activation, type OneOp, plain } from '../one-op.js';
import { elementBytes, elements, INT8, INT16, INT32, shapeOf } from './shapes.js';

// FLOOR_DIV and FLOOR_MOD of integers as they stand, either of them repeated along some dimensions.

/** Numbers of one byte, but for every third of a wider type; divisors are odd, as LiteRT divides nothing by zero. */
function dividable([a, b]: readonly [Activation, Activation]): NonNullable<OneOp['examples']> {
  const width = elementBytes(a);
  return (bytes) => {
    const answer = bytes.slice();
    for (let offset = 0; offset < bytes.length; ) {
      for (const input of [a, b]) {
        for (let i = 0; i < elements(input); i++, offset += width) {
          if (input === b) answer[offset]! |= 1;
          const sign = answer[offset]! & 128 ? 255 : 0;
          if (i % 3 > 0) answer.fill(sign, offset + 1, offset + width);
        }
      }
    }
    return answer;
  };
}

function divide(dice: Dice, op: 'FLOOR_DIV' | 'FLOOR_MOD', types: readonly TensorType[]): OneOp {
  const type = dice.pick(types);
  const y = shapeOf(dice);
  const thin = y.map((size) => dice.pick([size, size, 1])).slice(dice.pick([0, 0, y.length - 1]));
  const shapes = dice.pick([
    [y, y],
    [y, thin],
    [thin, y],
  ]) as [number[], number[]];
  const inputs: [Activation, Activation] = [plain(shapes[0], type), plain(shapes[1], type)];
  const quotient = op === 'FLOOR_DIV';
  return {
    op,
    version: 2,
    inputs,
    output: plain(y, type),
    optionsType: quotient ? BuiltinOptions.FloorDivOptions : BuiltinOptions.FloorModOptions,
    options: quotient ? new FloorDivOptionsT() : new FloorModOptionsT(),
    examples: dividable(inputs),
  };
}

const integers = [INT8, INT16, INT32];

// TensorFlow Lite Micro has them for float32 alone.
export const litertFloors: Generators = {
  'floor div': (dice) => divide(dice, 'FLOOR_DIV', integers),
  'floor mod': (dice) => divide(dice, 'FLOOR_MOD', [...integers, TensorType.INT64]),
};
