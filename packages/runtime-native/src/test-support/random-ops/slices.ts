import {
  BuiltinOptions,
  ConcatenationOptionsT,
  PackOptionsT,
  SplitOptionsT,
  SplitVOptionsT,
  StridedSliceOptionsT,
  UnpackOptionsT,
} from '@weightfold/tflite';
import type { Dice } from '../dice.js';
import type { Generators } from '../judge.js';
import { type Activation, integers, type OneOp, scalar } from '../one-op.js';
import { FLOAT32, INT8, INT16, INT32, named, range, shapeOf, tensor } from './shapes.js';

// Operators that take tensors apart and put them together, of random ranks, shapes and parameters, int8 and the other types that TFLite
// Micro takes.

/** A place for `amount` indices in [0, size): where it begins. */
const place = (dice: Dice, size: number, amount: number) => dice.between(0, size - amount);

function slice(dice: Dice): OneOp {
  const shape = shapeOf(dice);
  const type = dice.pick([INT8, INT8, FLOAT32, INT32, INT16]);
  const sizes = shape.map((size) => dice.between(1, size));
  const begins = shape.map((size, i) => place(dice, size, sizes[i]!));
  const asked = sizes.map((size, i) => (begins[i]! + size === shape[i] ? dice.pick([size, -1]) : size));
  return {
    op: 'SLICE',
    inputs: [tensor(shape, type), integers(...begins), integers(...asked)],
    output: tensor(sizes, type),
  };
}

interface SlicedAxis {
  begin: number;
  end: number;
  stride: number;
  /** Indices that remain; null when the dimension goes. */
  count: number | null;
  mask: { begin: boolean; end: boolean };
}

/** Indices from either end, ends far outside, masks and negative strides. */
function slicedAxis(dice: Dice, size: number): SlicedAxis {
  const first = dice.between(0, size - 1);
  const begin = dice.pick([first, first - size]);
  if (dice.between(0, 3) === 0) {
    return { begin, end: first + 1, stride: 1, count: null, mask: { begin: false, end: false } };
  }
  const stride = dice.pick([1, 1, 2, -1, -2]);
  const mask = { begin: dice.between(0, 2) === 0, end: dice.between(0, 2) === 0 };
  const start = mask.begin ? (stride > 0 ? 0 : size - 1) : first;
  const most = stride > 0 ? size - start : start + 1;
  const length = mask.end ? most : dice.between(1, most);
  const stop = start + Math.sign(stride) * length;
  // −1 would be the last index.
  const end = mask.end ? dice.between(-9, 9) : stop < 0 ? -100 : stop;
  const count = Math.ceil(length / Math.abs(stride));
  return { begin: mask.begin ? dice.between(-9, 9) : begin, end, stride, count, mask };
}

/** STRIDED_SLICE by these axes. */
function slicedBy(
  axes: readonly SlicedAxis[],
  x: Activation,
  y: Activation,
  masks: { ellipsis?: number; newAxis?: number } = {},
): OneOp {
  const bits = (is: (axis: SlicedAxis) => boolean) =>
    axes.reduce((all, axis, i) => all | (Number(is(axis)) << i), 0);
  const lists = [axes.map((a) => a.begin), axes.map((a) => a.end), axes.map((a) => a.stride)];
  const options = new StridedSliceOptionsT(
    bits(({ mask }) => mask.begin),
    bits(({ mask }) => mask.end),
    masks.ellipsis ?? 0,
    masks.newAxis ?? 0,
    bits(({ count }) => count === null),
  );
  const inputs = [x, ...lists.map((list) => integers(...list))];
  const optionsType = BuiltinOptions.StridedSliceOptions;
  return { op: 'STRIDED_SLICE', version: 2, inputs, output: y, optionsType, options };
}

const kept = (axis: SlicedAxis) => (axis.count === null ? [] : [axis.count]);

/** TFLite Micro wants an entry for every dimension. */
function stridedSlice(dice: Dice): OneOp {
  const shape = shapeOf(dice);
  const type = dice.pick([INT8, INT8, FLOAT32, INT32, INT16]);
  const axes = shape.map((size) => slicedAxis(dice, size));
  return slicedBy(axes, tensor(shape, type), tensor(axes.flatMap(kept), type));
}

/** New dimensions, "all between" and fewer entries than dimensions, which TensorFlow Lite Micro does not take. */
export function stridedSliceOfSome(dice: Dice): OneOp {
  const shape = shapeOf(dice, 3, 4);
  const [first, last] = [slicedAxis(dice, shape[0]!), slicedAxis(dice, shape.at(-1)!)];
  const any = { begin: 0, end: 0, stride: 1, count: 1, mask: { begin: false, end: false } };
  const x = tensor(shape);
  switch (dice.pick(['ellipsis', 'new axis', 'fewer'])) {
    case 'ellipsis': {
      const y = tensor([...kept(first), ...shape.slice(1, -1), ...kept(last)]);
      return slicedBy([first, any, last], x, y, { ellipsis: 2 });
    }
    case 'new axis':
      return slicedBy([any, first], x, tensor([1, ...kept(first), ...shape.slice(1)]), { newAxis: 1 });
    default:
      return slicedBy([first], x, tensor([...kept(first), ...shape.slice(1)]));
  }
}

/** Sizes along an axis that are put together, or taken apart. */
function parts(dice: Dice): { axis: number; shapes: number[][]; whole: number[] } {
  const shape = shapeOf(dice);
  const axis = dice.between(0, shape.length - 1);
  const shapes = range(dice.between(1, 5)).map(() =>
    shape.map((size, i) => (i === axis ? dice.between(1, 5) : size)),
  );
  const total = shapes.reduce((sum, part) => sum + part[axis]!, 0);
  return { axis, shapes, whole: shape.map((size, i) => (i === axis ? total : size)) };
}

function concatenation(dice: Dice): OneOp {
  const { axis, shapes, whole } = parts(dice);
  const type = dice.pick([INT8, INT8, FLOAT32, INT32, INT16]);
  return {
    op: 'CONCATENATION',
    version: 2,
    inputs: shapes.map((shape) => tensor(shape, type)),
    output: tensor(whole, type),
    optionsType: BuiltinOptions.ConcatenationOptions,
    options: new ConcatenationOptionsT(named(dice, axis, whole.length)),
  };
}

function splitV(dice: Dice): OneOp {
  const { axis, shapes, whole } = parts(dice);
  const sizes = shapes.map((shape) => shape[axis]!);
  const inputs = [tensor(whole), integers(...sizes), scalar(named(dice, axis, whole.length))];
  const options = new SplitVOptionsT(shapes.length);
  const output = shapes.map((shape) => tensor(shape));
  return { op: 'SPLIT_V', version: 2, inputs, output, optionsType: BuiltinOptions.SplitVOptions, options };
}

function split(dice: Dice): OneOp {
  const shape = shapeOf(dice);
  const type = dice.pick([INT8, INT8, FLOAT32, INT32, INT16]);
  const [axis, count] = [dice.between(0, shape.length - 1), dice.between(1, 4)];
  const whole = shape.map((size, i) => (i === axis ? size * count : size));
  const inputs = [scalar(named(dice, axis, shape.length)), tensor(whole, type)];
  const options = new SplitOptionsT(count);
  const output = range(count).map(() => tensor(shape, type));
  return { op: 'SPLIT', version: 2, inputs, output, optionsType: BuiltinOptions.SplitOptions, options };
}

function pack(dice: Dice, op: 'PACK' | 'UNPACK'): OneOp {
  const shape = shapeOf(dice, 1, 3);
  const type = dice.pick([INT8, INT8, FLOAT32, INT32]);
  const [axis, count] = [dice.between(0, shape.length), dice.between(1, 4)];
  const one = tensor([...shape.slice(0, axis), count, ...shape.slice(axis)], type);
  const several = range(count).map(() => tensor(shape, type));
  const asked = named(dice, axis, shape.length + 1);
  return op === 'PACK'
    ? {
        op,
        version: 2,
        inputs: several,
        output: one,
        optionsType: BuiltinOptions.PackOptions,
        options: new PackOptionsT(count, asked),
      }
    : {
        op,
        version: 2,
        inputs: [one],
        output: several,
        optionsType: BuiltinOptions.UnpackOptions,
        options: new UnpackOptionsT(count, asked),
      };
}

export const slices: Generators = {
  slice,
  'strided slice': stridedSlice,
  concatenation,
  split,
  'split v': splitV,
  pack: (dice) => pack(dice, 'PACK'),
  unpack: (dice) => pack(dice, 'UNPACK'),
};
