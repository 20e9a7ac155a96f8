import { type TensorT, TensorType } from '@weightfold/tflite';

/** How much higher codes and zero points of uint8 are than those of int8. */
export const unsignedOffset = 128;

/** Whether a tensor holds quantized uint8: ops take it as int8, with codes and zero point 128 lower. */
export function isUnsigned(tensor: TensorT): boolean {
  return tensor.type === TensorType.UINT8 && (tensor.quantization?.scale.length ?? 0) > 0;
}

/** Whether a tensor holds 8-bit codes: int8, or quantized uint8. */
export function hasCodes(tensor: TensorT): boolean {
  return tensor.type === TensorType.INT8 || isUnsigned(tensor);
}

/** The zero point of a tensor as int8 if it is uint8, else as it stands. */
export function signedZeroPoint(tensor: TensorT): number {
  const zeroPoint = Number(tensor.quantization?.zeroPoint[0] ?? 0n);
  return isUnsigned(tensor) ? zeroPoint - unsignedOffset : zeroPoint;
}

/**
 * The operators that take uint8 as LiteRT's reference kernels do. (TensorFlow Lite Micro has only QUANTIZE and DEQUANTIZE for it,
 * and what moves data.)
 */
export const unsignedOperators: ReadonlySet<string> = new Set([
  'ADD',
  'ARG_MAX',
  'ARG_MIN',
  'AVERAGE_POOL_2D',
  'BATCH_TO_SPACE_ND',
  'BROADCAST_TO',
  'CONCATENATION',
  'CONV_2D',
  'DEPTHWISE_CONV_2D',
  'DEPTH_TO_SPACE',
  'DEQUANTIZE',
  'EQUAL',
  'EXPAND_DIMS',
  'FULLY_CONNECTED',
  'GATHER',
  'GATHER_ND',
  'GREATER',
  'GREATER_EQUAL',
  'HARD_SWISH',
  'LEAKY_RELU',
  'LESS',
  'LESS_EQUAL',
  'LOGISTIC',
  'LOG_SOFTMAX',
  'MAXIMUM',
  'MAX_POOL_2D',
  'MEAN',
  'MINIMUM',
  'MIRROR_PAD',
  'MUL',
  'NOT_EQUAL',
  'PACK',
  'PAD',
  'PADV2',
  'PRELU',
  'QUANTIZE',
  'REDUCE_MAX',
  'REDUCE_MIN',
  'RELU',
  'RELU6',
  'RELU_0_TO_1',
  'RELU_N1_TO_1',
  'RESHAPE',
  'RESIZE_NEAREST_NEIGHBOR',
  'REVERSE_V2',
  'SELECT',
  'SELECT_V2',
  'SLICE',
  'SOFTMAX',
  'SPACE_TO_BATCH_ND',
  'SPACE_TO_DEPTH',
  'SPLIT',
  'SPLIT_V',
  'SQUEEZE',
  'STRIDED_SLICE',
  'SUB',
  'SUM',
  'TANH',
  'TILE',
  'TRANSPOSE',
  'UNPACK',
]);
