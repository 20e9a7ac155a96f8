import { GatherOptionsT, TensorType } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { shapeElements } from '../plan/plan.js';
import { axisOf } from './axes.js';
import { emitRearrange, indices, steps, strides } from './rearrange.js';

/**
 * GATHER of slices along an axis. Constant indices are checked here; computed ones count as the nearest slice there is, where
 * TFLite Micro ends the inference with an error.
 */
export function lowerGather(context: OpContext): void {
  const options = context.options(GatherOptionsT);
  const [x, positions, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  const [from, at] = [context.source(x).shape, context.source(positions).shape];
  const axis = axisOf(context, x, options.axis);
  const batchDims = axisOf(context, positions, options.batchDims, at.length + 1);
  if (batchDims > axis || from.slice(0, batchDims).some((size, i) => size !== at[i])) {
    throw context.unsupported('wrong batch dimensions', {
      received: `${batchDims} of [${from}] and [${at}]`,
    });
  }
  context.expectShape(y, [...from.slice(0, axis), ...at.slice(batchDims), ...from.slice(axis + 1)]);
  context.expectType(y, context.source(x).type);
  const sizes = [from.slice(0, batchDims), from.slice(batchDims, axis), [from[axis]!], at.slice(batchDims)];
  const inputs = [context.use(x), positionsOf(context, positions, from[axis]!)];
  context.emit('GATHER', inputs, [context.use(y)], sizes.map(shapeElements));
}

function positionsOf(context: OpContext, positions: number, size: number): number {
  if (!context.isConstant(positions)) {
    context.expectType(positions, TensorType.INT32);
    return context.use(positions);
  }
  const values = context.integers(positions);
  expectBelow(context, positions, values, size);
  return context.constant('positions', Int32Array.from(values));
}

function expectBelow(context: OpContext, tensor: number, values: readonly number[], size: number): void {
  const bad = values.find((value) => value < 0 || value >= size);
  if (bad === undefined) return;
  throw context.unsupported('wrong index', { tensor, expected: `0 to ${size - 1}`, received: `${bad}` });
}

/** GATHER_ND by constant indices: each row of them leads to a slice. */
export function lowerGatherNd(context: OpContext): void {
  const [x, positions, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  const [from, at] = [context.source(x).shape, context.source(positions).shape];
  const depth = at.at(-1) ?? 0;
  if (depth < 1 || depth > from.length) {
    throw context.unsupported('wrong shape', { tensor: positions, received: `[${at}] into [${from}]` });
  }
  context.expectShape(y, [...at.slice(0, -1), ...from.slice(depth)]);
  const values = context.integers(positions);
  const step = strides(from);
  const rows = indices(context, values.length / depth).map((row) => {
    const index = values.slice(row * depth, (row + 1) * depth);
    index.forEach((value, i) => {
      expectBelow(context, positions, [value], from[i]!);
    });
    return index.reduce((sum, value, i) => sum + value * step[i]!, 0);
  });
  emitRearrange(context, x, y, [rows, steps(shapeElements(from.slice(depth)), 1)]);
}
