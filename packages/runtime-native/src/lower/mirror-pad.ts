import { MirrorPadMode, MirrorPadOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { emitRearrange, indices, strides } from './rearrange.js';

/** MIRROR_PAD: REFLECT leaves the edge out of the mirror image, SYMMETRIC repeats it. */
export function lowerMirrorPad(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const { shape } = context.source(x);
  const amounts = context.integers(context.inputIndex(1));
  const edge = context.options(MirrorPadOptionsT).mode === MirrorPadMode.REFLECT ? 1 : 0;
  const most = shape.map((size) => size - edge);
  if (
    amounts.length !== 2 * shape.length ||
    amounts.some((amount, i) => amount < 0 || amount > most[i >> 1]!)
  ) {
    throw context.unsupported('wrong paddings', {
      tensor: context.inputIndex(1),
      expected: `at most [${most}] on either side`,
      received: `[${amounts}]`,
    });
  }
  const [before, after] = [0, 1].map((side) => shape.map((_, i) => amounts[2 * i + side]!)) as [
    number[],
    number[],
  ];
  const padded = shape.map((size, i) => before[i]! + size + after[i]!);
  context.expectShape(y, padded);
  const step = strides(shape);
  const axes = shape.map((size, i) =>
    indices(context, padded[i]!).map((at) => {
      const index = at - before[i]!;
      const mirrored = index < 0 ? edge - 1 - index : index < size ? index : 2 * size - 1 - edge - index;
      return mirrored * step[i]!;
    }),
  );
  emitRearrange(context, x, y, axes);
}
