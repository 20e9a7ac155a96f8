import { type Model, type TensorT, TensorType, typedData } from '@weightfold/tflite';
import { unsupported } from './unsupported.js';

/** Constant numbers as real values: float32, float16, or integers by their scales. */
export function floatConstant(model: Model, tensor: TensorT, layer: string): Float32Array {
  const type = TensorType[tensor.type] ?? `type ${tensor.type}`;
  if (tensor.sparsity) throw unsupported(layer, type, 'its weights are stored as a sparse tensor');
  const data = typedData(model, tensor);
  if (data instanceof Float32Array) return data;
  if (data instanceof Int8Array || data instanceof Uint8Array || data instanceof Int32Array)
    return dequantize(tensor, data, layer);
  throw unsupported(layer, type, 'expected constants of float32, float16 or int8 with scales');
}

export function integerConstant(model: Model, tensor: TensorT, layer: string): number[] {
  const data = typedData(model, tensor);
  if (data instanceof Int32Array || data instanceof BigInt64Array) return Array.from(data, Number);
  throw unsupported(layer, TensorType[tensor.type], 'expected constants of int32 or int64');
}

function dequantize(
  tensor: TensorT,
  codes: Int8Array | Uint8Array | Int32Array,
  layer: string,
): Float32Array {
  const { scale = [], zeroPoint = [], quantizedDimension = 0 } = tensor.quantization ?? {};
  if (scale.length === 0) throw unsupported(layer, TensorType[tensor.type], 'its integers have no scale');
  const inner = tensor.shape.slice(quantizedDimension + 1).reduce((product, size) => product * size, 1);
  const at = (i: number) => (scale.length === 1 ? 0 : Math.floor(i / inner) % scale.length);
  return Float32Array.from(codes, (code, i) => (code - Number(zeroPoint[at(i)] ?? 0n)) * scale[at(i)]!);
}
