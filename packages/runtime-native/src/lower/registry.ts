import type { OpContext } from '../plan/op-context.js';
import { lowerAdd } from './add.js';
import { lowerArgExtreme } from './arg-extreme.js';
import { lowerBatchMatmul } from './batch-matmul.js';
import { lowerDiv, lowerExtremum, lowerMul, lowerPrelu, lowerSquaredDifference, lowerSub } from './binary.js';
import { lowerBatchToSpace, lowerDepthToSpace, lowerSpaceToBatch, lowerSpaceToDepth } from './blocks.js';
import { lowerBroadcastTo, lowerFill } from './broadcast-to.js';
import { lowerCast } from './cast.js';
import { lowerCompare, lowerLogical, lowerLogicalNot } from './compare.js';
import { lowerConcatenation, lowerPack } from './concatenation.js';
import { lowerRank, lowerShape, lowerZerosLike } from './constants.js';
import { lowerConv2d } from './conv-2d.js';
import { lowerExp, lowerLog, lowerNeg, lowerSqrt } from './curves.js';
import { lowerDepthwiseConv2d } from './depthwise-conv-2d.js';
import { lowerFloatUnary } from './float32.js';
import { lowerFloorDivision } from './floor-division.js';
import { lowerFullyConnected } from './fully-connected.js';
import { lowerGather, lowerGatherNd } from './gather.js';
import { lowerL2Normalization } from './l2-normalization.js';
import { lowerLogSoftmax } from './log-softmax.js';
import { lowerLstm } from './lstm.js';
import { lowerMirrorPad } from './mirror-pad.js';
import { lowerPad } from './pad.js';
import { lowerPool2d } from './pool-2d.js';
import { lowerDequantize, lowerQuantize } from './quantize.js';
import { lowerElu, lowerHardSwish, lowerLeakyRelu } from './rectifiers.js';
import { lowerReduce } from './reduce.js';
import { lowerRelu } from './requantize.js';
import { lowerReshape } from './reshape.js';
import { lowerResizeBilinear, lowerResizeNearest } from './resize.js';
import { lowerSelect, lowerSelectV2 } from './select.js';
import { lowerSlice, lowerSplit, lowerSplitV, lowerStridedSlice, lowerUnpack } from './slice.js';
import { lowerSoftmax } from './softmax.js';
import { lowerAddN, lowerCumsum } from './sums.js';
import { lowerSvdf } from './svdf.js';
import { lowerAbs, lowerLogistic, lowerRsqrt, lowerTanh } from './table.js';
import { lowerReverse, lowerTile } from './tile.js';
import { lowerTranspose } from './transpose.js';
import { lowerTransposeConv } from './transpose-conv.js';
import { lowerAssignVariable, lowerCallOnce, lowerReadVariable, lowerVarHandle } from './variables.js';

/** The operators that run, by the name the schema gives them. Adding one is one line here. */
export const lowerings: Record<string, (context: OpContext) => void> = {
  ABS: lowerAbs,
  ADD: lowerAdd,
  ADD_N: lowerAddN,
  ARG_MAX: lowerArgExtreme,
  ARG_MIN: lowerArgExtreme,
  ASSIGN_VARIABLE: lowerAssignVariable,
  AVERAGE_POOL_2D: lowerPool2d,
  BATCH_MATMUL: lowerBatchMatmul,
  BATCH_TO_SPACE_ND: lowerBatchToSpace,
  BROADCAST_TO: lowerBroadcastTo,
  CALL_ONCE: lowerCallOnce,
  CAST: lowerCast,
  CEIL: lowerFloatUnary,
  CONCATENATION: lowerConcatenation,
  CONV_2D: lowerConv2d,
  COS: lowerFloatUnary,
  CUMSUM: lowerCumsum,
  DEPTHWISE_CONV_2D: lowerDepthwiseConv2d,
  DEPTH_TO_SPACE: lowerDepthToSpace,
  DEQUANTIZE: lowerDequantize,
  DIV: lowerDiv,
  ELU: lowerElu,
  EQUAL: lowerCompare,
  EXP: lowerExp,
  EXPAND_DIMS: lowerReshape,
  FILL: lowerFill,
  FLOOR: lowerFloatUnary,
  FLOOR_DIV: lowerFloorDivision,
  FLOOR_MOD: lowerFloorDivision,
  FULLY_CONNECTED: lowerFullyConnected,
  GATHER: lowerGather,
  GATHER_ND: lowerGatherNd,
  GREATER: lowerCompare,
  GREATER_EQUAL: lowerCompare,
  HARD_SWISH: lowerHardSwish,
  L2_NORMALIZATION: lowerL2Normalization,
  LEAKY_RELU: lowerLeakyRelu,
  LESS: lowerCompare,
  LESS_EQUAL: lowerCompare,
  LOG: lowerLog,
  LOGICAL_AND: lowerLogical,
  LOGICAL_NOT: lowerLogicalNot,
  LOGICAL_OR: lowerLogical,
  LOGISTIC: lowerLogistic,
  LOG_SOFTMAX: lowerLogSoftmax,
  MAXIMUM: lowerExtremum,
  MAX_POOL_2D: lowerPool2d,
  MEAN: lowerReduce,
  MINIMUM: lowerExtremum,
  MIRROR_PAD: lowerMirrorPad,
  MUL: lowerMul,
  NEG: lowerNeg,
  NOT_EQUAL: lowerCompare,
  PACK: lowerPack,
  PAD: lowerPad,
  PADV2: lowerPad,
  PRELU: lowerPrelu,
  QUANTIZE: lowerQuantize,
  RANK: lowerRank,
  READ_VARIABLE: lowerReadVariable,
  REDUCE_MAX: lowerReduce,
  REDUCE_MIN: lowerReduce,
  RELU6: lowerRelu,
  RELU: lowerRelu,
  RELU_0_TO_1: lowerRelu,
  RELU_N1_TO_1: lowerRelu,
  RESHAPE: lowerReshape,
  RESIZE_BILINEAR: lowerResizeBilinear,
  RESIZE_NEAREST_NEIGHBOR: lowerResizeNearest,
  REVERSE_V2: lowerReverse,
  ROUND: lowerFloatUnary,
  RSQRT: lowerRsqrt,
  SELECT: lowerSelect,
  SELECT_V2: lowerSelectV2,
  SHAPE: lowerShape,
  SIN: lowerFloatUnary,
  SLICE: lowerSlice,
  SOFTMAX: lowerSoftmax,
  SPACE_TO_BATCH_ND: lowerSpaceToBatch,
  SPACE_TO_DEPTH: lowerSpaceToDepth,
  SPLIT: lowerSplit,
  SPLIT_V: lowerSplitV,
  SQRT: lowerSqrt,
  SQUARE: lowerFloatUnary,
  SQUARED_DIFFERENCE: lowerSquaredDifference,
  SQUEEZE: lowerReshape,
  STRIDED_SLICE: lowerStridedSlice,
  SUB: lowerSub,
  SUM: lowerReduce,
  SVDF: lowerSvdf,
  TANH: lowerTanh,
  TILE: lowerTile,
  TRANSPOSE: lowerTranspose,
  TRANSPOSE_CONV: lowerTransposeConv,
  UNIDIRECTIONAL_SEQUENCE_LSTM: lowerLstm,
  UNPACK: lowerUnpack,
  VAR_HANDLE: lowerVarHandle,
  ZEROS_LIKE: lowerZerosLike,
};
