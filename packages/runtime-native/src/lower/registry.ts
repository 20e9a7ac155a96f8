import type { OpContext } from '../plan/op-context.js';
import { lowerAdd } from './add.js';
import { lowerConv2d } from './conv-2d.js';
import { lowerDepthwiseConv2d } from './depthwise-conv-2d.js';
import { lowerFullyConnected } from './fully-connected.js';
import { lowerMean } from './mean.js';
import { lowerPad } from './pad.js';
import { lowerPool2d } from './pool-2d.js';
import { lowerDequantize, lowerQuantize } from './quantize.js';
import { lowerRelu } from './requantize.js';
import { lowerReshape } from './reshape.js';
import { lowerSoftmax } from './softmax.js';
import { lowerTranspose } from './transpose.js';
import { lowerAssignVariable, lowerCallOnce, lowerReadVariable, lowerVarHandle } from './variables.js';

/** The operators that run, by the name the schema gives them. Adding one is one line here. */
export const lowerings: Record<string, (context: OpContext) => void> = {
  ADD: lowerAdd,
  ASSIGN_VARIABLE: lowerAssignVariable,
  AVERAGE_POOL_2D: lowerPool2d,
  CALL_ONCE: lowerCallOnce,
  CONV_2D: lowerConv2d,
  DEPTHWISE_CONV_2D: lowerDepthwiseConv2d,
  DEQUANTIZE: lowerDequantize,
  FULLY_CONNECTED: lowerFullyConnected,
  MAX_POOL_2D: lowerPool2d,
  MEAN: lowerMean,
  PAD: lowerPad,
  PADV2: lowerPad,
  QUANTIZE: lowerQuantize,
  READ_VARIABLE: lowerReadVariable,
  RELU: lowerRelu,
  RELU6: lowerRelu,
  RESHAPE: lowerReshape,
  SOFTMAX: lowerSoftmax,
  TRANSPOSE: lowerTranspose,
  VAR_HANDLE: lowerVarHandle,
};
