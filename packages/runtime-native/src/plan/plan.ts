/** Element types that plans can hold. */
export type PlanType = 'int8' | 'uint8' | 'int16' | 'int32' | 'int64' | 'float32' | 'bool';

/** How accumulators become codes; docs/design/rounding.md. */
export type RoundingMode = 'tflm' | 'litert-ref' | 'single';
export const roundingModes: readonly RoundingMode[] = ['tflm', 'litert-ref', 'single'];

/** Kinds of ops and their numbers in the encoded plan, as in native/plan/ops.inc. Never reuse a number. */
export const opKinds = {
  CONV_2D: 1,
  DEPTHWISE_CONV_2D: 2,
  FULLY_CONNECTED: 3,
  AVERAGE_POOL_2D: 4,
  MAX_POOL_2D: 5,
  MEAN: 6,
  ADD: 7,
  PAD: 8,
  COPY: 9,
  SOFTMAX: 10,
  REQUANTIZE: 11,
  TRANSPOSE: 12,
  QUANTIZE: 13,
  DEQUANTIZE: 14,
  TABLE: 20,
  REARRANGE: 21,
  CONCATENATION: 22,
  SUB: 23,
  MUL: 24,
  DIV: 25,
  SQUARED_DIFFERENCE: 26,
  MAXIMUM: 27,
  MINIMUM: 28,
  PRELU: 29,
  REDUCE: 30,
  ARG_EXTREME: 31,
  TRANSPOSE_CONV: 32,
  RESIZE_BILINEAR: 33,
  LOG_SOFTMAX: 34,
  L2_NORMALIZATION: 35,
  ADD_N: 36,
  CUMSUM: 37,
  CAST: 38,
  GATHER: 39,
  COMPARE: 40,
  SELECT: 41,
  BATCH_MATMUL: 42,
  FLOAT_UNARY: 43,
  FLOAT_BINARY: 44,
  FLOAT_SOFTMAX: 45,
  FLOOR_DIVISION: 46,
  SVDF: 60,
  UNIDIRECTIONAL_SEQUENCE_LSTM: 61,
  REQUANTIZE_WIDE: 62,
  AVERAGE_POOL_2D_UNSIGNED: 63,
  CONV_2D_16: 64,
  FULLY_CONNECTED_16: 65,
  ADD_16: 66,
  MUL_16: 67,
  AVERAGE_POOL_2D_16: 68,
  MAX_POOL_2D_16: 69,
  SOFTMAX_16: 70,
  LOGISTIC_16: 71,
  TANH_16: 72,
  FILL_BORDER: 90,
} as const;
export type OpKind = keyof typeof opKinds;

/** Pixels around an image that windows may reach into; they hold the zero point. */
export interface Border {
  top: number;
  bottom: number;
  left: number;
  right: number;
}
export const noBorder: Border = { top: 0, bottom: 0, left: 0, right: 0 };

export interface PlanTensor {
  name: string;
  /** A uint8 that stands for an int8 holds everything 128 higher: codes, zero point, activation range. */
  type: PlanType;
  shape: number[];
  /** Quantization step, 0 when the tensor is not quantized per tensor. */
  scale: number;
  zeroPoint: number;
  /** Bytes of the elements and of the border around them. */
  bytes: number;
  /** Only activations of rank 4 and 8 bits can have one. */
  border?: Border;
  /** Activations live in the arena, constants in the plan's data section; state keeps its value from one run to the next. */
  location: 'arena' | 'data' | 'state';
  /** Bytes from the start of the arena or of the data section. State and its initial value have the same offset. */
  offset: number;
  /** Contents of a constant, or the initial value of state, little endian. */
  data: Uint8Array | null;
}

export interface PlanOp {
  kind: OpKind;
  /** Name of the operator in the model, which may differ from the kind: RELU becomes REQUANTIZE. */
  name: string;
  /** Index of the operator in the model. */
  source: number;
  /** Tensor indices of the plan; −1 for an optional input that is absent. */
  inputs: number[];
  outputs: number[];
  /** Integers whose meaning depends on the kind; docs/design/plan.md. */
  parameters: number[];
  /** Multiply-accumulates, 0 for what is no matrix product. */
  macs: number;
}

/** A model lowered to what the native executor runs. */
export interface Plan {
  rounding: RoundingMode;
  tensors: PlanTensor[];
  ops: PlanOp[];
  /** Tensor indices of the plan. */
  inputs: number[];
  outputs: number[];
  /** Bytes of memory that all activations need together. */
  arenaBytes: number;
  /** The most bytes of activations that are needed at the same time: no arena can be smaller. */
  liveBytes: number;
  /** Bytes of all constants: initial values of the state, then weights, biases, multipliers. */
  dataBytes: number;
}

/** Most dimensions of a tensor in a plan: kMaxRank of native/plan/plan.h. */
export const maxRank = 6;

export const elementBytes: Record<PlanType, number> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float32: 4,
  bool: 1,
};

export function shapeElements(shape: readonly number[]): number {
  let product = 1;
  for (const size of shape) product *= size;
  return product;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
