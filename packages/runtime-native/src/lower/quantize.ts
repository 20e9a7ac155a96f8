import { TensorType } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { floatBits } from './float32.js';
import { lowerRequantize } from './requantize.js';
import { multipliersOf } from './scales.js';

const { FLOAT32, INT8, INT16, INT32 } = TensorType;

/** QUANTIZE: from float32, where a model takes real numbers, or from codes of another type or quantization. */
export function lowerQuantize(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const [from, to] = [context.source(x).type, context.source(y).type];
  if (from === FLOAT32) {
    context.expectType(x, FLOAT32); // and not sparse
    emit(context, 'QUANTIZE', context.quantized(y, to === INT16 ? INT16 : INT8).scale);
  } else if (isWide(from) || isWide(to)) lowerWide(context, x, y);
  else lowerRequantize(context);
}

/** DEQUANTIZE from int8 or int16 to float32, where a model gives real numbers. */
export function lowerDequantize(context: OpContext): void {
  const x = context.inputIndex(0);
  const { scale } = context.quantized(x, context.source(x).type === INT16 ? INT16 : INT8);
  context.expectType(context.outputIndex(0), FLOAT32);
  emit(context, 'DEQUANTIZE', scale);
}

const isWide = (type: TensorType) => type === INT16 || type === INT32;

function lowerWide(context: OpContext, x: number, y: number): void {
  const codes = (index: number) => {
    const { type } = context.source(index);
    return context.quantized(index, isWide(type) ? type : INT8);
  };
  const [input, output] = [codes(x), codes(y)];
  context.expectShape(y, input.shape);
  const parameters = multipliersOf(context, [input.scale / output.scale]);
  context.emit('REQUANTIZE_WIDE', [context.use(x)], [context.use(y)], parameters);
}

function emit(context: OpContext, kind: 'QUANTIZE' | 'DEQUANTIZE', scale: number): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  context.expectShape(y, context.source(x).shape);
  context.emit(kind, [context.use(x)], [context.use(y)], [floatBits(scale)]);
}
