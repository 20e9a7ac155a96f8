import type { OperatorT, TensorT } from './generated/tflite.js';
import { BuiltinOperator, TensorType } from './generated/tflite.js';
import { fromHalf } from './half.js';
import type { Model } from './model.js';

const bits: Partial<Record<TensorType, number>> = {
  [TensorType.FLOAT32]: 32,
  [TensorType.FLOAT16]: 16,
  [TensorType.BFLOAT16]: 16,
  [TensorType.INT32]: 32,
  [TensorType.UINT32]: 32,
  [TensorType.UINT8]: 8,
  [TensorType.INT64]: 64,
  [TensorType.UINT64]: 64,
  [TensorType.BOOL]: 8,
  [TensorType.INT16]: 16,
  [TensorType.UINT16]: 16,
  [TensorType.COMPLEX64]: 64,
  [TensorType.INT8]: 8,
  [TensorType.FLOAT64]: 64,
  [TensorType.COMPLEX128]: 128,
  [TensorType.INT4]: 4,
  [TensorType.UINT4]: 4,
  [TensorType.INT2]: 2,
  [TensorType.FLOAT8_E4M3FN]: 8,
  [TensorType.FLOAT8_E5M2]: 8,
};

/** Bits of one element, or null for types without a fixed size (string, resource, variant). */
export function bitsPerElement(type: TensorType): number | null {
  return bits[type] ?? null;
}

/** Number of elements: the product of the shape; 1 for a scalar. */
export function elementCount(tensor: TensorT): number {
  let count = 1;
  for (const size of tensor.shape) count *= size;
  return count;
}

/** Bytes of the whole tensor, rounded up; 0 for types without a fixed size. */
export function tensorBytes(tensor: TensorT): number {
  return Math.ceil((elementCount(tensor) * (bitsPerElement(tensor.type) ?? 0)) / 8);
}

/** Name of the element type as numpy writes it: `int8`, `float32`. */
export function dtypeName(type: TensorType): string {
  return (TensorType[type] ?? `type ${type}`).toLowerCase();
}

/** Which builtin an operator calls. Old files keep codes below 127 in the deprecated byte, new ones in both places. */
export function builtinOperator(model: Model, operator: OperatorT): BuiltinOperator {
  const code = model.operatorCodes[operator.opcodeIndex]!;
  return Math.max(code.builtinCode, code.deprecatedBuiltinCode) as BuiltinOperator;
}

/** `CONV_2D`, or the name of a custom operator. */
export function operatorName(model: Model, operator: OperatorT): string {
  const builtin = builtinOperator(model, operator);
  if (builtin !== BuiltinOperator.CUSTOM) return BuiltinOperator[builtin] ?? `BUILTIN_${builtin}`;
  return String(model.operatorCodes[operator.opcodeIndex]!.customCode ?? 'CUSTOM');
}

/** Constant data of a tensor as bytes, or null when it has none. */
export function tensorData(model: Model, tensor: TensorT): Uint8Array | null {
  const data = model.buffers[tensor.buffer]!;
  return data.length === 0 ? null : data;
}

type TypedData = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | BigInt64Array;

const arrays: Partial<
  Record<TensorType, { new (buffer: ArrayBuffer): TypedData; readonly BYTES_PER_ELEMENT: number }>
> = {
  [TensorType.INT8]: Int8Array,
  [TensorType.UINT8]: Uint8Array,
  [TensorType.BOOL]: Uint8Array,
  [TensorType.INT16]: Int16Array,
  [TensorType.INT32]: Int32Array,
  [TensorType.FLOAT32]: Float32Array,
  [TensorType.INT64]: BigInt64Array,
};

/**
 * Constant data of a tensor as a typed array of its own (a copy: files may be read at any alignment), or null when the
 * tensor has none or its type has no typed array. float16 comes as float32, int4 as int8.
 */
export function typedData(model: Model, tensor: TensorT): TypedData | null {
  const data = tensorData(model, tensor);
  if (data && tensor.type === TensorType.FLOAT16) return fromHalf(data.subarray(0, tensorBytes(tensor)));
  if (data && tensor.type === TensorType.INT4 && !tensor.sparsity) return nibbles(data, elementCount(tensor));
  const array = arrays[tensor.type];
  if (!data || !array) return null;
  // Sparse tensors hold fewer values than their shape has places.
  const bytes = Math.min(tensorBytes(tensor), data.length);
  return new array(data.slice(0, bytes - (bytes % array.BYTES_PER_ELEMENT)).buffer as ArrayBuffer);
}

/** Signed numbers of 4 bits, two in a byte, the lower half first. */
function nibbles(bytes: Uint8Array, count: number): Int8Array {
  return Int8Array.from({ length: count }, (_, i) => (bytes[i >> 1]! << (i % 2 ? 24 : 28)) >> 28);
}
