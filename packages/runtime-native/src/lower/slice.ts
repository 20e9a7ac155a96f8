import { SplitOptionsT, SplitVOptionsT, StridedSliceOptionsT, UnpackOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { axisOf } from './axes.js';
import { emitRearrange, steps, strides } from './rearrange.js';

/** Part of a dimension: `count` indices from `begin` on, `stride` apart. */
interface Part {
  begin: number;
  count: number;
  stride: number;
}

function emitParts(context: OpContext, x: number, y: number, parts: readonly Part[]): void {
  const { shape } = context.source(x);
  const step = strides(shape);
  parts.forEach(({ begin, count, stride }, i) => {
    const last = begin + (count - 1) * stride;
    if (count >= 1 && Math.min(begin, last) >= 0 && Math.max(begin, last) < shape[i]!) return;
    throw context.unsupported('the slice leaves its input or is empty', {
      tensor: x,
      expected: `indices below ${shape[i]} in dimension ${i}`,
      received: `${count} from ${begin} on, ${stride} apart`,
    });
  });
  const axes = parts.map(({ begin, count, stride }, i) => steps(count, stride * step[i]!, begin * step[i]!));
  emitRearrange(context, x, y, axes);
}

const whole = (size: number): Part => ({ begin: 0, count: size, stride: 1 });

/** SLICE by constant begins and sizes; size −1 is all that follows. */
export function lowerSlice(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const { shape } = context.source(x);
  const [begins, sizes] = [1, 2].map((i) => context.integers(context.inputIndex(i))) as [number[], number[]];
  if (begins.length !== shape.length || sizes.length !== shape.length) {
    throw context.unsupported('begin and size need an entry for every dimension', {
      expected: `${shape.length}`,
      received: `${begins.length} and ${sizes.length}`,
    });
  }
  const parts = shape.map((size, i) => ({
    begin: begins[i]!,
    count: sizes[i] === -1 ? size - begins[i]! : sizes[i]!,
    stride: 1,
  }));
  emitParts(context, x, y, parts);
}

/** STRIDED_SLICE by constants, with every mask of TensorFlow's; TFLite's StridedSliceStartForAxis and …StopForAxis. */
export function lowerStridedSlice(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const { shape } = context.source(x);
  const [begin, end, stride] = [1, 2, 3].map((i) => context.integers(context.inputIndex(i))) as number[][];
  const options = context.options(StridedSliceOptionsT);
  const has = (mask: number, i: number) => ((mask >> i) & 1) === 1;
  const newAxes = begin!.filter((_, i) => has(options.newAxisMask, i)).length;
  const parts: Part[] = [];
  begin!.forEach((_, i) => {
    if (has(options.ellipsisMask, i)) {
      const covered = shape.length - (begin!.length - 1 - newAxes);
      for (let n = 0; n < covered; n++) parts.push(whole(shape[parts.length]!));
    } else if (!has(options.newAxisMask, i) && parts.length < shape.length) {
      const masks = { begin: has(options.beginMask, i), end: has(options.endMask, i) };
      const range = { begin: begin![i]!, end: end![i]!, stride: stride![i]! };
      const one = has(options.shrinkAxisMask, i);
      parts.push(resolve(context, shape[parts.length]!, range, masks, one));
    }
  });
  while (parts.length < shape.length) parts.push(whole(shape[parts.length]!));
  emitParts(context, x, y, parts);
}

function resolve(
  context: OpContext,
  size: number,
  { begin, end, stride }: { begin: number; end: number; stride: number },
  mask: { begin: boolean; end: boolean },
  one: boolean,
): Part {
  if (!stride) throw context.unsupported('wrong stride', { expected: 'not 0', received: `${stride}` });
  const [low, high] = stride > 0 ? [0, size] : [-1, size - 1];
  const inside = (index: number) => Math.max(low, Math.min(high, index < 0 ? index + size : index));
  const first = mask.begin ? (stride > 0 ? 0 : size - 1) : inside(begin);
  if (one) return { begin: first, count: 1, stride: 1 };
  const stop = mask.end ? (stride > 0 ? size : -1) : inside(end);
  return { begin: first, count: Math.ceil((stop - first) / stride), stride };
}

/** SPLIT into equal parts: the axis comes first. */
export function lowerSplit(context: OpContext): void {
  const { numSplits } = context.options(SplitOptionsT);
  expectOutputs(context, numSplits);
  const x = context.inputIndex(1);
  const axis = axisOf(context, x, context.integers(context.inputIndex(0))[0]);
  const size = context.source(x).shape[axis]! / numSplits;
  if (!Number.isInteger(size)) {
    throw context.unsupported('the dimension cannot be split evenly', { tensor: x, received: `${size}` });
  }
  emitSplit(
    context,
    x,
    axis,
    Array.from({ length: numSplits }, () => size),
  );
}

/** SPLIT_V into parts of given sizes; at most one of them is −1, the rest. */
export function lowerSplitV(context: OpContext): void {
  const { numSplits } = context.options(SplitVOptionsT);
  const x = context.inputIndex(0);
  const axis = axisOf(context, x, context.integers(context.inputIndex(2))[0]);
  const sizes = context.integers(context.inputIndex(1));
  const rest = context.source(x).shape[axis]! - sizes.reduce((sum, size) => sum + Math.max(0, size), 0);
  const resolved = sizes.map((size) => (size === -1 ? rest : size));
  const total = resolved.reduce((sum, size) => sum + size, 0);
  if (resolved.length !== numSplits || total !== context.source(x).shape[axis]) {
    throw context.unsupported('wrong sizes', {
      tensor: context.inputIndex(1),
      expected: `${numSplits} sizes, ${context.source(x).shape[axis]} in all`,
      received: `[${sizes}]`,
    });
  }
  emitSplit(context, x, axis, resolved);
}

/** UNPACK: slices of size 1, without that dimension. */
export function lowerUnpack(context: OpContext): void {
  const options = context.options(UnpackOptionsT);
  expectOutputs(context, options.num);
  const x = context.inputIndex(0);
  const axis = axisOf(context, x, options.axis);
  const sizes = Array.from({ length: options.num }, () => 1);
  if (options.num !== context.source(x).shape[axis]) {
    throw context.unsupported('wrong number of outputs', {
      tensor: x,
      expected: `${context.source(x).shape[axis]}`,
      received: `${options.num}`,
    });
  }
  emitSplit(context, x, axis, sizes);
}

function expectOutputs(context: OpContext, count: number): void {
  const received = context.op.operator.outputs.length;
  if (received === count) return;
  throw context.unsupported('wrong number of outputs', { expected: `${count}`, received: `${received}` });
}

function emitSplit(context: OpContext, x: number, axis: number, sizes: readonly number[]): void {
  let begin = 0;
  sizes.forEach((count, output) => {
    const parts = context.source(x).shape.map(whole);
    parts[axis] = { begin, count, stride: 1 };
    emitParts(context, x, context.outputIndex(output), parts);
    begin += count;
  });
}
