import { TensorType } from '@weightfold/tflite';
import type { Dice } from '../dice.js';
import type { Generators } from '../judge.js';
import { type Activation, at, type OneOp, plain } from '../one-op.js';
import { elementBytes, elements, FLOAT32, INT8, INT16, INT32, range, shapeOf, tensor } from './shapes.js';

// Comparisons, logical operators, and what chooses by their answers. Shapes repeat along some dimensions.

const { BOOL, INT64, UINT8 } = TensorType;
const zeroPoint = (dice: Dice) => dice.pick([-128, 127, 0, dice.between(-128, 127)]);
/** Below 1, which comparing needs; the smallest leave few different numbers after scaling. */
const scale = ({ pick, between }: Dice) => pick([0.00002, 0.0002, 0.003]) * between(1, 300);

/** Shapes of `count` tensors that meet in the last. */
function meeting(dice: Dice, count: number): number[][] {
  const all = shapeOf(dice);
  const same = dice.pick([true, false]);
  const some = range(count).map((i) =>
    same || i === 0
      ? all
      : all.map((size) => dice.pick([size, size, 1])).slice(dice.pick([0, 0, all.length - 1])),
  );
  const turn = dice.between(0, count - 1);
  return [...some.slice(turn), ...some.slice(0, turn), all];
}

/** Bools, codes near the middle of their range, and small numbers of other types, so that many are equal. */
function fewValues(inputs: readonly Activation[]): NonNullable<OneOp['examples']> {
  return (bytes) => {
    const answer = bytes.slice();
    for (let offset = 0; offset < bytes.length; ) {
      for (const input of inputs) {
        const width = elementBytes(input);
        for (let i = 0; i < elements(input) * width; i++, offset++) {
          const byte = bytes[offset]!;
          if (input.type === BOOL) answer[offset] = byte & 1;
          else if (width > 1) answer[offset] = i % width === 0 ? byte & 3 : 0;
        }
      }
    }
    return answer;
  };
}

function compare(dice: Dice, op: OneOp['op'], type: TensorType): OneOp {
  const [a, b, y] = meeting(dice, 2) as [number[], number[], number[]];
  const codes = (shape: number[]) => {
    const zero = zeroPoint(dice);
    return type === UINT8 ? { ...at(shape, scale(dice), zero + 128), type } : at(shape, scale(dice), zero);
  };
  const of = (shape: number[]) => (type === INT8 || type === UINT8 ? codes(shape) : plain(shape, type));
  const inputs = [of(a), of(b)];
  return { op, version: 2, inputs, output: plain(y, BOOL), examples: fewValues(inputs) };
}

function logical(dice: Dice, op: 'LOGICAL_AND' | 'LOGICAL_OR' | 'LOGICAL_NOT'): OneOp {
  const [a, b, y] = meeting(dice, 2) as [number[], number[], number[]];
  const inputs = (op === 'LOGICAL_NOT' ? [y] : [a, b]).map((shape) => plain(shape, BOOL));
  return { op, inputs, output: plain(y, BOOL), examples: fewValues(inputs) };
}

function selectV2(dice: Dice, type: TensorType): OneOp {
  const [condition, a, b, y] = meeting(dice, 3) as [number[], number[], number[], number[]];
  const inputs = [plain(condition, BOOL), tensor(a, type), tensor(b, type)];
  return { op: 'SELECT_V2', inputs, output: tensor(y, type), examples: fewValues(inputs) };
}

/** The condition is one bool, one for each slice along the first dimension, or one for each element. */
function select(dice: Dice): OneOp {
  const shape = shapeOf(dice);
  const type = dice.pick([INT8, INT16, INT32, FLOAT32, BOOL]);
  const condition = plain(dice.pick([[], [shape[0]!], shape]), BOOL);
  const inputs = [condition, tensor(shape, type), tensor(shape, type)];
  return { op: 'SELECT', inputs, output: tensor(shape, type), examples: fewValues(inputs) };
}

const anyNumber = (dice: Dice) => dice.pick([INT8, INT8, INT32, FLOAT32, INT64]);
const comparisons = ['EQUAL', 'NOT_EQUAL', 'GREATER', 'GREATER_EQUAL', 'LESS', 'LESS_EQUAL'] as const;
const named = (op: string) => op.toLowerCase().replaceAll('_', ' ');

export const choices: Generators = {
  ...Object.fromEntries(
    comparisons.map((op) => [named(op), (dice: Dice) => compare(dice, op, anyNumber(dice))]),
  ),
  'equal bools': (dice) => compare(dice, dice.pick(['EQUAL', 'NOT_EQUAL']), BOOL),
  'logical and': (dice) => logical(dice, 'LOGICAL_AND'),
  'logical or': (dice) => logical(dice, 'LOGICAL_OR'),
  'logical not': (dice) => logical(dice, 'LOGICAL_NOT'),
  'select v2': (dice) => selectV2(dice, dice.pick([INT8, INT8, INT16, FLOAT32])),
};

// TensorFlow Lite Micro does not have these.
export const litertChoices: Generators = {
  ...Object.fromEntries(
    comparisons.map((op) => [`${named(op)} uint8`, (dice: Dice) => compare(dice, op, UINT8)]),
  ),
  select,
  'select v2 of other types': (dice) => selectV2(dice, dice.pick([INT32, BOOL])),
};
