import { BatchMatMulOptionsT } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { shapeElements } from '../plan/plan.js';
import { broadcastShape } from './broadcast.js';
import { indices, strides } from './rearrange.js';
import { multipliersOf } from './scales.js';

/** Of the kernel: no sum of more products stays in 32 bits. */
const maxDepth = 33025;

/** BATCH_MATMUL: pairs of matrices in the last two dimensions; the others are repeated where they have size 1. */
export function lowerBatchMatmul(context: OpContext): void {
  const { adjX, adjY } = context.options(BatchMatMulOptionsT);
  const [x, w, y] = [context.inputIndex(0), context.inputIndex(1), context.outputIndex(0)];
  const [a, b, output] = [context.int8(x), context.int8(w), context.int8(y)];
  const [m, depth] = matrix(context, x, adjX);
  const [n, k] = matrix(context, w, !adjY);
  if (depth !== k) {
    throw context.unsupported('sizes do not fit together', { received: `[${a.shape}] and [${b.shape}]` });
  }
  if (k > maxDepth) {
    const expected = `sums of at most ${maxDepth} products`;
    throw context.unsupported('the matrices are too large', { tensor: x, expected, received: `${k}` });
  }
  const batch = broadcastShape(context, a.shape.slice(0, -2), b.shape.slice(0, -2));
  context.expectShape(y, [...batch, m, n]);
  // The product of the scales is one of binary32, as in TFLite's GetQuantizedConvolutionMultipler.
  const factor = Math.fround(a.scale * b.scale) / output.scale;
  const lists = [a, b].map(({ shape }, i) =>
    context.constant(`matrices ${i}`, matrices(context, shape.slice(0, -2), batch)),
  );
  const parameters = [m, n, k, Number(adjX), Number(adjY), ...multipliersOf(context, [factor])];
  context.emit('BATCH_MATMUL', [context.use(x), context.use(w), ...lists], [context.use(y)], parameters);
}

/** Rows and columns of a tensor's matrices, or the other way round. */
function matrix(context: OpContext, index: number, transposed: boolean): [number, number] {
  const { shape } = context.source(index);
  if (shape.length < 2) {
    throw context.unsupported('wrong rank', {
      tensor: index,
      expected: 'at least 2',
      received: `[${shape}]`,
    });
  }
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  return transposed ? [columns, rows] : [rows, columns];
}

/** For each matrix of shape `to`, which one of shape `from` it takes. */
function matrices(context: OpContext, from: readonly number[], to: readonly number[]): Int32Array {
  const missing = to.length - from.length;
  const [step, stepTo] = [strides(from), strides(to)];
  return Int32Array.from(indices(context, shapeElements(to)), (at) =>
    from.reduce((sum, size, i) => {
      const index = Math.floor(at / stepTo[missing + i]!) % to[missing + i]!;
      return size === 1 ? sum : sum + index * step[i]!;
    }, 0),
  );
}
