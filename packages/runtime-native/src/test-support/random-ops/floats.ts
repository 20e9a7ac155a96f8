import {
  AddOptionsT,
  ArgMaxOptionsT,
  BatchMatMulOptionsT,
  BuiltinOptions,
  DivOptionsT,
  FloorDivOptionsT,
  FloorModOptionsT,
  MaximumMinimumOptionsT,
  MulOptionsT,
  SoftmaxOptionsT,
  SquaredDifferenceOptionsT,
  SubOptionsT,
  TensorType,
} from '@weightfold/tflite';
import type { Dice } from '../dice.js';
import type { Generators } from '../judge.js';
import { at, type OneOp, plain, scalar } from '../one-op.js';
import { fused, range, shapeOf } from './shapes.js';

// Operators on float32 at the ends of quantized networks, and products of matrices.

/** Real numbers from `low` to `high`, halves among them. */
function reals(low: number, high: number): NonNullable<OneOp['examples']> {
  return (bytes) => {
    const count = bytes.length / 4;
    const numbers = Float32Array.from({ length: count }, (_, i) => {
      const fraction = (bytes[4 * i]! * 256 + (i % 3 === 0 ? 0 : bytes[4 * i + 1]!)) / 65536;
      const value = low + fraction * (high - low);
      return i % 5 === 0 ? Math.round(2 * value) / 2 : value;
    });
    return new Uint8Array(numbers.buffer);
  };
}

function unary(op: OneOp['op'], low: number, high: number): Generators[string] {
  return (dice) => {
    const shape = shapeOf(dice);
    return { op, inputs: [plain(shape)], output: plain(shape), examples: reals(low, high) };
  };
}

/** One of the tensors repeats along some dimensions. */
function binary(
  op: OneOp['op'],
  optionsType: BuiltinOptions,
  options: (dice: Dice) => NonNullable<OneOp['options']>,
  examples: OneOp['examples'] = reals(0.25, 9),
): Generators[string] {
  return (dice) => {
    const y = shapeOf(dice);
    const thin = y.map((size) => dice.pick([size, size, 1])).slice(dice.pick([0, 0, y.length - 1]));
    const inputs = dice.pick([
      [y, y],
      [y, thin],
      [thin, y],
    ]);
    return {
      op,
      inputs: inputs.map((shape) => plain(shape)),
      output: plain(y),
      optionsType,
      options: options(dice),
      examples,
    };
  };
}

/** From −9 to 9, without zero: TensorFlow Lite Micro divides nothing by it. */
function divisors(bytes: Uint8Array): Uint8Array {
  const numbers = new Float32Array(reals(-9, 9)(bytes).buffer);
  return new Uint8Array(numbers.map((value) => value || 0.75).buffer);
}

function softmax(dice: Dice): OneOp {
  const shape = [...range(dice.between(0, 3)).map(() => dice.between(1, 4)), dice.pick([1, 2, 10, 40])];
  return {
    op: 'SOFTMAX',
    inputs: [plain(shape)],
    output: plain(shape),
    optionsType: BuiltinOptions.SoftmaxOptions,
    options: new SoftmaxOptionsT(dice.pick([1, 1, 0.5, 3])),
    examples: reals(-12, 12),
  };
}

function argMax(dice: Dice): OneOp {
  const shape = shapeOf(dice);
  const axis = dice.between(0, shape.length - 1);
  return {
    op: 'ARG_MAX',
    inputs: [plain(shape), scalar(axis)],
    output: plain(
      shape.filter((_, i) => i !== axis),
      TensorType.INT32,
    ),
    optionsType: BuiltinOptions.ArgMaxOptions,
    options: new ArgMaxOptionsT(TensorType.INT32),
    examples: reals(-1, 1),
  };
}

/** Matrices that repeat along some of the dimensions in front, either of them transposed; the second constant or not. */
function batchMatmul(dice: Dice): OneOp {
  const [m, n, k] = [dice.between(1, 9), dice.pick([1, 5, 70]), dice.pick([1, 7, 33])];
  const batch = range(dice.between(0, 2)).map(() => dice.between(1, 3));
  const some = () => batch.map((size) => dice.pick([size, size, 1]));
  const [batchA, batchB] = dice.pick([
    [batch, some()],
    [some(), batch],
  ]);
  const [adjX, adjY] = [dice.pick([true, false]), dice.pick([true, false])];
  const [scaleA, scaleB] = [dice.between(1, 300) / 1000, dice.between(1, 300) / 10000];
  const zero = () => dice.pick([-128, 127, 0, dice.between(-128, 127)]);
  const a = at([...batchA, ...(adjX ? [k, m] : [m, k])], scaleA, zero());
  const b = at([...batchB, ...(adjY ? [n, k] : [k, n])], scaleB, zero());
  const constant = dice.pick([true, false]);
  const count = b.shape.reduce((product, size) => product * size, 1);
  const weights = {
    shape: b.shape,
    data: Int8Array.from({ length: count }, () => dice.between(-128, 127)),
    quantization: { scale: [b.scale], zeroPoint: [b.zero] },
  };
  return {
    op: 'BATCH_MATMUL',
    version: 4,
    inputs: [a, constant ? weights : b],
    output: at([...batch, m, n], scaleA * scaleB * 40 * Math.sqrt(k) * dice.pick([0.5, 1, 3]), zero()),
    optionsType: BuiltinOptions.BatchMatMulOptions,
    options: new BatchMatMulOptionsT(adjX, adjY),
  };
}

const {
  AddOptions,
  SubOptions,
  MulOptions,
  DivOptions,
  FloorDivOptions,
  FloorModOptions,
  MaximumMinimumOptions,
  SquaredDifferenceOptions,
} = BuiltinOptions;
const extremum = () => new MaximumMinimumOptionsT();

export const floats: Generators = {
  'float abs': unary('ABS', -9, 9),
  'float neg': unary('NEG', -9, 9),
  'float sqrt': unary('SQRT', 0, 99),
  'float rsqrt': unary('RSQRT', 0.1, 99),
  'float square': unary('SQUARE', -9, 9),
  'float floor': unary('FLOOR', -9, 9),
  'float ceil': unary('CEIL', -9, 9),
  'float round': unary('ROUND', -9, 9),
  'float exp': unary('EXP', -20, 20),
  'float log': unary('LOG', 0.001, 99),
  'float sin': unary('SIN', -9, 9),
  'float cos': unary('COS', -9, 9),
  'float tanh': unary('TANH', -9, 9),
  'float logistic': unary('LOGISTIC', -20, 20),
  'float relu': unary('RELU', -9, 9),
  'float relu6': unary('RELU6', -9, 9),
  'float add': binary('ADD', AddOptions, (dice) => new AddOptionsT(fused(dice))),
  'float sub': binary('SUB', SubOptions, (dice) => new SubOptionsT(fused(dice))),
  'float mul': binary('MUL', MulOptions, (dice) => new MulOptionsT(fused(dice))),
  'float div': binary('DIV', DivOptions, (dice) => new DivOptionsT(fused(dice))),
  'float maximum': binary('MAXIMUM', MaximumMinimumOptions, extremum),
  'float minimum': binary('MINIMUM', MaximumMinimumOptions, extremum),
  'float squared difference': binary(
    'SQUARED_DIFFERENCE',
    SquaredDifferenceOptions,
    () => new SquaredDifferenceOptionsT(),
  ),
  'float floor div': binary('FLOOR_DIV', FloorDivOptions, () => new FloorDivOptionsT(), divisors),
  'float floor mod': binary('FLOOR_MOD', FloorModOptions, () => new FloorModOptionsT(), divisors),
  'float softmax': softmax,
  'float arg max': argMax,
  'batch matmul': batchMatmul,
};
