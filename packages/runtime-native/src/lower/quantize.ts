import { TensorType } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { lowerRequantize } from './requantize.js';

/** QUANTIZE: from float32, where a model takes real numbers, or from int8 with another scale. */
export function lowerQuantize(context: OpContext): void {
  const x = context.inputIndex(0);
  if (context.source(x).type === TensorType.FLOAT32) {
    context.expectType(x, TensorType.FLOAT32); // and not sparse
    emit(context, 'QUANTIZE', context.int8(context.outputIndex(0)).scale);
  } else lowerRequantize(context);
}

/** DEQUANTIZE from int8 to float32, where a model gives real numbers. */
export function lowerDequantize(context: OpContext): void {
  const { scale } = context.int8(context.inputIndex(0));
  context.expectType(context.outputIndex(0), TensorType.FLOAT32);
  emit(context, 'DEQUANTIZE', scale);
}

function emit(context: OpContext, kind: 'QUANTIZE' | 'DEQUANTIZE', scale: number): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  context.expectShape(y, context.source(x).shape);
  const bits = new Int32Array(Float32Array.of(scale).buffer)[0]!;
  context.emit(kind, [context.use(x)], [context.use(y)], [bits]);
}
