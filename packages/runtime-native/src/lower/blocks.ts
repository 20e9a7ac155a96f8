import { DepthToSpaceOptionsT, SpaceToDepthOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { shapeElements } from '../plan/plan.js';
import { hasCodes } from '../plan/unsigned.js';
import { emitRearrange, filled, indices, steps, strides } from './rearrange.js';

type Nhwc = [batch: number, height: number, width: number, channels: number];

function image(context: OpContext, index: number): Nhwc {
  context.expectRank(index, 4);
  return [...context.source(index).shape] as Nhwc;
}

function expectBlock(context: OpContext, block: number, divided: readonly number[]): void {
  if (block >= 1 && divided.every((size) => size % block === 0)) return;
  throw context.unsupported('the block size does not divide the input', {
    received: `${block} of [${divided}]`,
  });
}

/** DEPTH_TO_SPACE: channels (i, j, c) of a pixel become a block of pixels. */
export function lowerDepthToSpace(context: OpContext): void {
  const { blockSize } = context.options(DepthToSpaceOptionsT);
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const [batch, height, width, channels] = image(context, x);
  expectBlock(context, blockSize ** 2, [channels]);
  const depth = channels / blockSize ** 2;
  context.expectShape(y, [batch, height * blockSize, width * blockSize, depth]);
  emitRearrange(context, x, y, [
    steps(batch, height * width * channels),
    steps(height, width * channels),
    steps(blockSize, blockSize * depth),
    steps(width, channels),
    steps(blockSize, depth),
    steps(depth, 1),
  ]);
}

/** SPACE_TO_DEPTH: the opposite. */
export function lowerSpaceToDepth(context: OpContext): void {
  const { blockSize } = context.options(SpaceToDepthOptionsT);
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const [batch, height, width, channels] = image(context, x);
  expectBlock(context, blockSize, [height, width]);
  context.expectShape(y, [batch, height / blockSize, width / blockSize, channels * blockSize ** 2]);
  emitRearrange(context, x, y, [
    steps(batch, height * width * channels),
    steps(height / blockSize, blockSize * width * channels),
    steps(width / blockSize, blockSize * channels),
    steps(blockSize, width * channels),
    steps(blockSize * channels, 1),
  ]);
}

/** Block sizes, and what is padded or cropped before and after, of the dimensions that follow the batch. */
function blocks(context: OpContext): { sizes: number[]; margins: [number, number][] } {
  const sizes = context.integers(context.inputIndex(1));
  const flat = context.integers(context.inputIndex(2));
  const margins = sizes.map((_, i): [number, number] => [flat[2 * i]!, flat[2 * i + 1]!]);
  const rank = context.source(context.inputIndex(0)).shape.length;
  const wrong = sizes.some((size) => size < 1) || flat.some((margin) => margin < 0);
  if (wrong || flat.length !== 2 * sizes.length || sizes.length === 0 || sizes.length >= rank) {
    throw context.unsupported('wrong blocks', {
      received: `blocks [${sizes}], margins [${flat}], rank ${rank}`,
    });
  }
  return { sizes, margins };
}

/** BATCH_TO_SPACE_ND: batches (place in block, batch) become blocks of pixels, and the margins are cropped. */
export function lowerBatchToSpace(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const { shape } = context.source(x);
  const { sizes, margins } = blocks(context);
  const batch = shape[0]! / shapeElements(sizes);
  const spatial = sizes.map((size, i) => shape[1 + i]! * size - margins[i]![0] - margins[i]![1]);
  const rest = shape.slice(1 + sizes.length);
  context.expectShape(y, [batch, ...spatial, ...rest]);
  const step = strides(shape);
  const inBlock = strides(sizes).map((places) => places * batch * step[0]!);
  const axes = spatial.map((size, i) =>
    indices(context, size).map((at) => {
      const padded = at + margins[i]![0];
      return Math.floor(padded / sizes[i]!) * step[1 + i]! + (padded % sizes[i]!) * inBlock[i]!;
    }),
  );
  emitRearrange(context, x, y, [steps(batch, step[0]!), ...axes, steps(shapeElements(rest), 1)]);
}

/**
 * SPACE_TO_BATCH_ND: the opposite, after padding with what means zero. (TensorFlow Lite Micro pads with a number that it never sets.)
 */
export function lowerSpaceToBatch(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const { shape } = context.source(x);
  const { sizes, margins } = blocks(context);
  const spatial = sizes.map((size, i) => (shape[1 + i]! + margins[i]![0] + margins[i]![1]) / size);
  const rest = shape.slice(1 + sizes.length);
  context.expectShape(y, [shape[0]! * shapeElements(sizes), ...spatial, ...rest]);
  const step = strides(shape);
  const [batch, places] = [shape[0]!, shapeElements(sizes)];
  // Whether an output pixel is padding depends on its batch and its place together: one table for all pixels.
  const outer = [places, batch, ...spatial];
  const [outerSteps, inBlock] = [strides(outer), strides(sizes)];
  const pixels = indices(context, shapeElements(outer)).map((pixel) => {
    const [place, image, ...at] = outerSteps.map((s, i) => Math.floor(pixel / s) % outer[i]!) as number[];
    const from = at.map((o, i) => {
      const inside = Math.floor(place! / inBlock[i]!) % sizes[i]!;
      return o * sizes[i]! + inside - margins[i]![0];
    });
    if (from.some((index, i) => index < 0 || index >= shape[1 + i]!)) return filled;
    return from.reduce((sum, index, i) => sum + index * step[1 + i]!, image! * step[0]!);
  });
  const fill = hasCodes(context.source(y)) ? context.int8(y).zeroPoint : 0;
  emitRearrange(context, x, y, [pixels, steps(shapeElements(rest), 1)], { fill });
}
