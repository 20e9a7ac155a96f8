import { ResizeBilinearOptionsT, ResizeNearestNeighborOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { expectSameQuantization } from './activation.js';
import { emitRearrange, indices, steps } from './rearrange.js';

interface Sampling {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

/** Height and width of input and output, after checking that the constant second input asks for the output's size. */
function sizes(context: OpContext): { from: [number, number]; to: [number, number] } {
  const [x, size, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  for (const index of [x, y]) context.expectRank(index, 4);
  const [batch, height, width, channels] = context.source(x).shape as [number, number, number, number];
  const wanted = context.integers(size) as [number, number];
  context.expectShape(y, [batch, ...wanted, channels]);
  return { from: [height, width], to: wanted };
}

/** RESIZE_BILINEAR in integers with 10 fractional bits (tflite's ResizeBilinearInteger). */
export function lowerResizeBilinear(context: OpContext): void {
  const options = context.options(ResizeBilinearOptionsT);
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  expectSameQuantization(context, x, y);
  const { from, to } = sizes(context);
  const samples = to.map((outputs, i) =>
    context.constant(
      ['rows', 'columns'][i]!,
      Int32Array.from(indices(context, 3 * outputs), (at) => {
        const sample = bilinearSample(Math.floor(at / 3), from[i]!, outputs, options);
        return sample[at % 3]!;
      }),
    ),
  );
  context.emit('RESIZE_BILINEAR', [context.use(x), ...samples], [context.use(y)], []);
}

/** Between which two inputs an output lies, and how far from the first, in 1/1024. */
function bilinearSample(
  at: number,
  inputs: number,
  outputs: number,
  sampling: Sampling,
): [number, number, number] {
  const ends = sampling.alignCorners && outputs > 1 ? 1 : 0;
  const scale = Math.floor((1024 * (inputs - ends) + Math.floor((outputs - ends) / 2)) / (outputs - ends));
  const position = at * scale + (sampling.halfPixelCenters ? Math.floor(scale / 2) - 512 : 0);
  // Rounding of the scale may lead a fraction behind the last input when there are thousands of outputs.
  const first = Math.min(Math.max(Math.trunc(position / 1024), 0), inputs - 1);
  const second = Math.max(Math.min(Math.trunc((position + 1023) / 1024), inputs - 1), 0);
  return [first, second, position - 1024 * first];
}

/** RESIZE_NEAREST_NEIGHBOR: positions in binary32 (tflite's GetNearestNeighbor). */
export function lowerResizeNearest(context: OpContext): void {
  const options = context.options(ResizeNearestNeighborOptionsT);
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const { from, to } = sizes(context);
  const [batch, , , channels] = context.source(x).shape as [number, number, number, number];
  const step = [from[1] * channels, channels];
  const [rows, columns] = to.map((outputs, i) =>
    indices(context, outputs).map((at) => nearest(at, from[i]!, outputs, options) * step[i]!),
  ) as [number[], number[]];
  const images = steps(batch, from[0] * step[0]!);
  emitRearrange(context, x, y, [images, rows, columns, steps(channels, 1)]);
}

function nearest(at: number, inputs: number, outputs: number, sampling: Sampling): number {
  const { fround } = Math;
  const ends = sampling.alignCorners && outputs > 1 ? 1 : 0;
  const scale = fround((inputs - ends) / (outputs - ends));
  const position = fround(fround(at + (sampling.halfPixelCenters ? 0.5 : 0)) * scale);
  const index = sampling.alignCorners ? Math.round(position) : Math.floor(position);
  return Math.max(0, Math.min(index, inputs - 1));
}
