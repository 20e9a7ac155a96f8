import type { PlanTensor, PlanType } from './plan/plan.js';

/** An input or output of a model. */
export interface TensorInfo {
  name: string;
  shape: number[];
  /** `bool`: bytes that are 0 or 1. */
  dtype: PlanType;
  /** real = scale × (code − zeroPoint); scale 0 when the tensor is not quantized. */
  scale: number;
  zeroPoint: number;
}

export type TensorData = Int8Array | Uint8Array | Int16Array | Int32Array | BigInt64Array | Float32Array;

const views = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float32: Float32Array,
  bool: Uint8Array,
};

export function tensorInfo({ name, shape, type, scale, zeroPoint }: PlanTensor): TensorInfo {
  return { name, shape, dtype: type, scale, zeroPoint };
}

/** A tensor's place in the arena as an array. */
export function viewOf(arena: ArrayBuffer, { type, offset, bytes }: PlanTensor): TensorData {
  return new views[type](arena, offset, bytes / views[type].BYTES_PER_ELEMENT);
}
