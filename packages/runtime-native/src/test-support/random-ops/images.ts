import {
  ActivationFunctionType,
  BuiltinOptions,
  Padding,
  ResizeBilinearOptionsT,
  ResizeNearestNeighborOptionsT,
  TensorType,
  TransposeConvOptionsT,
} from '@weightfold/tflite';
import type { Dice } from '../dice.js';
import type { Generators } from '../judge.js';
import { at, type Constant, integers, type OneOp, plain } from '../one-op.js';

// Operators on images: resizing and transposed convolution; and casts, whose values are of no scale.

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

function resize(dice: Dice, op: 'RESIZE_BILINEAR' | 'RESIZE_NEAREST_NEIGHBOR'): OneOp {
  const [n, h, w, c] = [dice.between(1, 2), dice.between(1, 9), dice.between(1, 9), dice.between(1, 5)];
  const to = [dice.between(1, 14), dice.between(1, 14)] as const;
  const [corners, centers] = dice.pick([
    [false, false],
    [true, false],
    [false, true],
  ]) as [boolean, boolean];
  // The nearest neighbour may be of any type.
  const type =
    op === 'RESIZE_NEAREST_NEIGHBOR' ? dice.pick([TensorType.INT8, TensorType.FLOAT32]) : TensorType.INT8;
  const image = (shape: number[]) => (type === TensorType.INT8 ? at(shape) : plain(shape));
  const common = {
    op,
    version: 3,
    inputs: [image([n, h, w, c]), integers(...to)],
    output: image([n, ...to, c]),
  };
  return op === 'RESIZE_BILINEAR'
    ? {
        ...common,
        optionsType: BuiltinOptions.ResizeBilinearOptions,
        options: new ResizeBilinearOptionsT(corners, centers),
      }
    : {
        ...common,
        optionsType: BuiltinOptions.ResizeNearestNeighborOptions,
        options: new ResizeNearestNeighborOptionsT(corners, centers),
      };
}

function transposeConv(dice: Dice): OneOp {
  const [n, h, w] = [dice.between(1, 2), dice.between(1, 5), dice.between(1, 5)];
  const [channels, filters] = [dice.pick([1, 3, 8]), dice.pick([1, 2, 7])];
  const [kh, kw] = [dice.between(1, 4), dice.between(1, 4)];
  const [sh, sw] = [dice.between(1, 3), dice.between(1, 3)];
  const padding = dice.pick([Padding.SAME, Padding.VALID]);
  const grown = (size: number, kernel: number, stride: number) =>
    padding === Padding.SAME ? size * stride : (size - 1) * stride + kernel;
  const shape = [n, grown(h, kh, sh), grown(w, kw, sw), filters];
  const scale = dice.scales(filters);
  const zeroPoint = scale.map(() => 0);
  const weights: Constant = {
    shape: [filters, kh, kw, channels],
    data: dice.bytes(filters * kh * kw * channels),
    quantization: { scale, zeroPoint, dimension: 0 },
  };
  const bias: Constant = {
    shape: [filters],
    data: Int32Array.from(dice.bytes(filters), (v) => v * 50),
    quantization: { scale: scale.map((s) => Math.fround(s * Math.fround(0.05))), zeroPoint },
  };
  const inputs = [integers(...shape), weights, at([n, h, w, channels], 0.05, dice.pick([-128, 0, 17]))];
  const output = at(shape, dice.pick([0.02, 0.11, 0.7]), dice.pick([-128, 3, -20]));
  const fused = dice.pick([ActivationFunctionType.NONE, ActivationFunctionType.RELU6]);
  return {
    op: 'TRANSPOSE_CONV',
    version: 4,
    inputs: dice.pick([true, false]) ? [...inputs, bias] : inputs,
    output,
    optionsType: BuiltinOptions.TransposeConvOptions,
    options: new TransposeConvOptionsT(padding, sw, sh, fused),
  };
}

const { INT8, INT16, INT32, FLOAT32, UINT8 } = TensorType;

/** Real numbers that every type holds, halves among them. */
function cast(dice: Dice, to: TensorType): OneOp {
  const shape = range(dice.between(1, 3)).map(() => dice.between(1, 6));
  const from = dice.pick([INT8, INT16, INT32, FLOAT32]);
  const examples = (bytes: Uint8Array) => {
    if (from !== FLOAT32) return bytes;
    const low = to === UINT8 ? 0 : -60;
    const reals = Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes[i]! / 2 + low);
    return new Uint8Array(reals.buffer);
  };
  return { op: 'CAST', version: 3, inputs: [plain(shape, from)], output: plain(shape, to), examples };
}

export const images: Generators = {
  'resize bilinear': (dice) => resize(dice, 'RESIZE_BILINEAR'),
  'resize nearest neighbor': (dice) => resize(dice, 'RESIZE_NEAREST_NEIGHBOR'),
  'transpose conv': transposeConv,
  cast: (dice) => cast(dice, dice.pick([INT8, INT16, INT32, FLOAT32])),
};

/** TensorFlow Lite Micro does not cast to uint8. */
export const litertImages: Generators = { 'cast to uint8': (dice) => cast(dice, UINT8) };
