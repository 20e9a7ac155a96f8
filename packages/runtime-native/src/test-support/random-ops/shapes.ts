import { ActivationFunctionType, TensorType } from '@weightfold/tflite';
import type { Dice } from '../dice.js';
import { type Activation, at, type Constant, plain } from '../one-op.js';

// What the generators share.

export const { FLOAT32, INT8, INT16, INT32 } = TensorType;

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const { NONE, RELU, RELU6, RELU_N1_TO_1 } = ActivationFunctionType;

/** The activation of an operator that has one: mostly none. */
export const fused = (dice: Dice): ActivationFunctionType =>
  dice.pick([NONE, NONE, RELU, RELU6, RELU_N1_TO_1]);

/** Sizes of `low` to `high` dimensions. */
export const shapeOf = (dice: Dice, low = 1, high = 4): number[] =>
  range(dice.between(low, high)).map(() => dice.between(1, 6));

/** An int8 tensor in one quantization, or one of another type. */
export const tensor = (shape: number[], type: TensorType = INT8): Activation =>
  type === INT8 ? at(shape) : plain(shape, type);

export const elements = ({ shape }: Activation): number => shape.reduce((product, size) => product * size, 1);
const bytesOf: Partial<Record<TensorType, number>> = {
  [INT16]: 2,
  [INT32]: 4,
  [FLOAT32]: 4,
  [TensorType.INT64]: 8,
};
export const elementBytes = ({ type = INT8 }: Activation): number => bytesOf[type] ?? 1;

/** An axis, counted from either end. */
export const named = (dice: Dice, axis: number, rank: number): number => dice.pick([axis, axis - rank]);

/** A constant of pairs, one for each row. */
export const list2d = (rows: number[][]): Constant => ({
  shape: [rows.length, 2],
  data: Int32Array.from(rows.flat()),
});
