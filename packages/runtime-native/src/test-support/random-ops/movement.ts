import {
  BuiltinOptions,
  DepthToSpaceOptionsT,
  GatherOptionsT,
  MirrorPadMode,
  MirrorPadOptionsT,
  SpaceToDepthOptionsT,
  SqueezeOptionsT,
  TensorType,
} from '@weightfold/tflite';
import type { Dice } from '../dice.js';
import type { Generators } from '../judge.js';
import { type Activation, integers, type OneOp, plain } from '../one-op.js';
import { litertRepeats, repeats } from './repeats.js';
import { FLOAT32, INT8, INT16, INT32, list2d, named, range, shapeOf, tensor } from './shapes.js';
import { slices, stridedSliceOfSome } from './slices.js';

// Operators that move elements to other places, repeat them or choose among them; with those of slices.ts, all that only move.

function depthSpace(dice: Dice, op: 'DEPTH_TO_SPACE' | 'SPACE_TO_DEPTH'): OneOp {
  const type = dice.pick([INT8, INT8, FLOAT32]);
  const [n, h, w, c] = range(4).map(() => dice.between(1, 4)) as [number, number, number, number];
  const block = dice.between(2, 3);
  const deep = tensor([n, h, w, c * block ** 2], type);
  const wide = tensor([n, h * block, w * block, c], type);
  return op === 'DEPTH_TO_SPACE'
    ? {
        op,
        inputs: [deep],
        output: wide,
        optionsType: BuiltinOptions.DepthToSpaceOptions,
        options: new DepthToSpaceOptionsT(block),
      }
    : {
        op,
        inputs: [wide],
        output: deep,
        optionsType: BuiltinOptions.SpaceToDepthOptions,
        options: new SpaceToDepthOptionsT(block),
      };
}

/** One or two dimensions in blocks, with margins that make them divide. */
function batchSpace(dice: Dice, op: 'SPACE_TO_BATCH_ND' | 'BATCH_TO_SPACE_ND', margin: 0 | 1): OneOp {
  const type = dice.pick([INT8, INT8, FLOAT32]);
  const [batch, depth] = [dice.between(1, 3), dice.between(1, 4)];
  const blocks = range(dice.between(1, 2)).map(() => dice.between(1, 3));
  const small = blocks.map(() => dice.between(3, 4));
  const margins = blocks.map(() => [dice.between(0, margin), dice.between(0, margin)] as [number, number]);
  const wide = small.map((size, i) => size * blocks[i]! - margins[i]![0] - margins[i]![1]);
  const product = blocks.reduce((all, block) => all * block, 1);
  const spread = tensor([batch * product, ...small, depth], type);
  const together = tensor([batch, ...wide, depth], type);
  const [from, to] = op === 'SPACE_TO_BATCH_ND' ? [together, spread] : [spread, together];
  return { op, version: 2, inputs: [from, integers(...blocks), list2d(margins)], output: to };
}

function mirrorPad(dice: Dice): OneOp {
  const shape = shapeOf(dice);
  const type = dice.pick([INT8, INT8, FLOAT32]);
  const mode = dice.pick([MirrorPadMode.REFLECT, MirrorPadMode.SYMMETRIC]);
  const most = (size: number) => (mode === MirrorPadMode.REFLECT ? size - 1 : size);
  const paddings = shape.map((size) => [dice.between(0, most(size)), dice.between(0, most(size))]);
  const output = shape.map((size, i) => size + paddings[i]![0]! + paddings[i]![1]!);
  return {
    op: 'MIRROR_PAD',
    inputs: [tensor(shape, type), list2d(paddings)],
    output: tensor(output, type),
    optionsType: BuiltinOptions.MirrorPadOptions,
    options: new MirrorPadOptionsT(mode),
  };
}

/** More dimensions than images have, and other types. */
function transpose(dice: Dice): OneOp {
  const shape = shapeOf(dice, 1, 5);
  const type = dice.pick([INT8, INT8, FLOAT32, INT16]);
  const order = range(shape.length);
  for (const i of range(shape.length)) {
    const other = dice.between(i, shape.length - 1);
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  const output = order.map((axis) => shape[axis]!);
  return {
    op: 'TRANSPOSE',
    version: 4,
    inputs: [tensor(shape, type), integers(...order)],
    output: tensor(output, type),
  };
}

function pad(dice: Dice): OneOp {
  const shape = shapeOf(dice);
  const type = dice.pick([INT8, INT8, FLOAT32, INT32, INT16]);
  const paddings = shape.map(() => [dice.between(0, 2), dice.between(0, 2)]);
  const output = shape.map((size, i) => size + paddings[i]![0]! + paddings[i]![1]!);
  return {
    op: 'PAD',
    version: 2,
    inputs: [tensor(shape, type), list2d(paddings)],
    output: tensor(output, type),
  };
}

function broadcastTo(dice: Dice): OneOp {
  const shape = shapeOf(dice);
  const type = dice.pick([INT8, INT8, FLOAT32, INT32]);
  const from = shape.map((size) => dice.pick([size, 1])).slice(dice.between(0, shape.length - 1));
  return {
    op: 'BROADCAST_TO',
    version: 3,
    inputs: [tensor(from, type), integers(...shape)],
    output: tensor(shape, type),
  };
}

/** Indices constant, or an input of the model. */
function gather(dice: Dice): OneOp {
  const shape = shapeOf(dice);
  const type = dice.pick([INT8, INT8, FLOAT32]);
  const axis = dice.between(0, shape.length - 1);
  const batchDims = dice.between(0, Math.min(axis, shape.length - 1));
  const own = range(dice.between(1, 2)).map(() => dice.between(1, 4));
  const indexShape = [...shape.slice(0, batchDims), ...own];
  const count = indexShape.reduce((product, size) => product * size, 1);
  const data = Int32Array.from({ length: count }, () => dice.between(0, shape[axis]! - 1));
  const output = [...shape.slice(0, axis), ...own, ...shape.slice(axis + 1)];
  const common = {
    op: 'GATHER',
    version: 2,
    output: tensor(output, type),
    optionsType: BuiltinOptions.GatherOptions,
    options: new GatherOptionsT(named(dice, axis, shape.length), batchDims),
  } as const;
  if (dice.pick([true, false]))
    return { ...common, inputs: [tensor(shape, type), { shape: indexShape, data }] };
  const x = shape.reduce((product, size) => product * size, type === INT8 ? 1 : 4);
  // Behind the bytes of x, the same indices for every example.
  const examples = (bytes: Uint8Array) => {
    for (let start = x; start < bytes.length; start += x + 4 * count) {
      bytes.set(new Uint8Array(data.slice().buffer), start);
    }
    return bytes;
  };
  return { ...common, inputs: [tensor(shape, type), plain(indexShape, INT32)], examples };
}

function gatherNd(dice: Dice): OneOp {
  const shape = shapeOf(dice);
  const type = dice.pick([INT8, INT8, FLOAT32]);
  const depth = dice.between(1, shape.length);
  const rows = range(dice.between(1, 2)).map(() => dice.between(1, 4));
  const count = rows.reduce((product, size) => product * size, 1);
  const data = Int32Array.from(
    range(count).flatMap(() => range(depth).map((i) => dice.between(0, shape[i]! - 1))),
  );
  const inputs = [tensor(shape, type), { shape: [...rows, depth], data }];
  return { op: 'GATHER_ND', inputs, output: tensor([...rows, ...shape.slice(depth)], type) };
}

function reshaping(dice: Dice, op: 'SQUEEZE' | 'EXPAND_DIMS'): OneOp {
  const shape = shapeOf(dice, 1, 3);
  const axis = dice.between(0, shape.length);
  const more = [...shape.slice(0, axis), 1, ...shape.slice(axis)];
  if (op === 'EXPAND_DIMS') {
    return { op, inputs: [tensor(shape), integers(named(dice, axis, more.length))], output: tensor(more) };
  }
  return {
    op,
    inputs: [tensor(more)],
    output: tensor(shape),
    optionsType: BuiltinOptions.SqueezeOptions,
    options: new SqueezeOptionsT([axis]),
  };
}

function fill(dice: Dice): OneOp {
  const shape = shapeOf(dice);
  const type = dice.pick([INT8, FLOAT32, INT32]);
  return {
    op: 'FILL',
    version: 2,
    inputs: [integers(...shape), tensor([], type)],
    output: tensor(shape, type),
  };
}

function like(dice: Dice, op: 'ZEROS_LIKE' | 'SHAPE'): OneOp {
  const shape = shapeOf(dice);
  const type = dice.pick([INT8, FLOAT32, INT32]);
  const output = op === 'SHAPE' ? plain([shape.length], INT32) : tensor(shape, type);
  return { op, inputs: [tensor(shape, type)], output };
}

export const movement: Generators = {
  ...slices,
  ...repeats,
  'depth to space': (dice) => depthSpace(dice, 'DEPTH_TO_SPACE'),
  'space to depth': (dice) => depthSpace(dice, 'SPACE_TO_DEPTH'),
  'space to batch': (dice) => batchSpace(dice, 'SPACE_TO_BATCH_ND', 0),
  'batch to space': (dice) => batchSpace(dice, 'BATCH_TO_SPACE_ND', 1),
  'mirror pad': mirrorPad,
  transpose,
  pad,
  'broadcast to': broadcastTo,
  gather,
  'gather nd': gatherNd,
  squeeze: (dice) => reshaping(dice, 'SQUEEZE'),
  'expand dims': (dice) => reshaping(dice, 'EXPAND_DIMS'),
  fill,
  'zeros like': (dice) => like(dice, 'ZEROS_LIKE'),
  shape: (dice) => like(dice, 'SHAPE'),
};

/** The same operator on uint8. */
function unsigned(generate: Generators[string]): Generators[string] {
  return (dice, seed) => {
    const one = generate(dice, seed);
    const isCodes = (tensor: OneOp['inputs'][number]) => tensor && !('data' in tensor) && tensor.scale > 0;
    if (!one.inputs.some(isCodes)) return unsigned(generate)(dice, seed);
    const stored = <T extends Activation>(tensor: T): T =>
      tensor.scale > 0 ? { ...tensor, zero: tensor.zero + 128, type: TensorType.UINT8 } : tensor;
    const inputs = one.inputs.map((input) => (input && !('data' in input) ? stored(input) : input));
    return { ...one, inputs, output: [one.output].flat().map(stored) };
  };
}

/** Those that LiteRT has for uint8; the other ones do not look at their input. */
const moving = Object.entries({ ...movement, tile: litertRepeats.tile! }).filter(
  ([name]) => !['shape', 'fill', 'zeros like'].includes(name),
);

export const litertMovement: Generators = {
  ...litertRepeats,
  'strided slice of some': stridedSliceOfSome,
  'space to batch, padded': (dice) => batchSpace(dice, 'SPACE_TO_BATCH_ND', 1),
  ...Object.fromEntries(moving.map(([name, generate]) => [`${name}, uint8`, unsigned(generate)])),
};
