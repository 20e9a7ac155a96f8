import {
  ActivationFunctionType,
  AddOptionsT,
  BuiltinOperator,
  BuiltinOptions,
  ConcatenationOptionsT,
  Conv2DOptionsT,
  DepthwiseConv2DOptionsT,
  FullyConnectedOptionsT,
  LeakyReluOptionsT,
  MulOptionsT,
  type OperatorSpec,
  Padding,
  PadOptionsT,
  Pool2DOptionsT,
  ReducerOptionsT,
  ReshapeOptionsT,
  SoftmaxOptionsT,
  SubOptionsT,
  TransposeConvOptionsT,
} from '@weightfold/tflite';
import type { ConstantNode, ConvolutionNode, DropoutNode, GraphNode } from '../graph/graph.js';

/** Nodes that become an operator of the file. */
export type ExportedNode = Exclude<GraphNode, DropoutNode | ConstantNode>;

type Operator = Pick<OperatorSpec, 'builtin' | 'version' | 'optionsType' | 'options'>;

/** Version 2 of an operator is its int8 one, unless something else is said; that is what readers check. */
const int8Version = 2;

/** The int8 operator of a node. Dense layers have version 12 when they have a scale for each unit. */
export function operatorOf(node: ExportedNode, perTensor: boolean): Operator {
  const operator = (optionsType: BuiltinOptions, options: Operator['options'], version = int8Version) => ({
    builtin: BuiltinOperator[node.op],
    version,
    optionsType,
    options: options ?? null,
  });
  const activation = ActivationFunctionType['activation' in node ? node.activation : 'NONE'];
  switch (node.op) {
    case 'CONV_2D':
    case 'DEPTHWISE_CONV_2D':
    case 'TRANSPOSE_CONV':
      return convolution(node, activation);
    case 'FULLY_CONNECTED':
      return operator(
        BuiltinOptions.FullyConnectedOptions,
        new FullyConnectedOptionsT(activation),
        perTensor ? 4 : 12,
      );
    case 'ADD':
      return operator(BuiltinOptions.AddOptions, new AddOptionsT(activation));
    case 'SUB':
      return operator(BuiltinOptions.SubOptions, new SubOptionsT(activation));
    case 'MUL':
      return operator(BuiltinOptions.MulOptions, new MulOptionsT(activation));
    case 'AVERAGE_POOL_2D':
    case 'MAX_POOL_2D': {
      const [[kernelH, kernelW], [strideH, strideW]] = [node.kernel, node.strides];
      return operator(
        BuiltinOptions.Pool2DOptions,
        new Pool2DOptionsT(Padding[node.padding], strideW, strideH, kernelW, kernelH),
      );
    }
    case 'MEAN':
      return operator(BuiltinOptions.ReducerOptions, new ReducerOptionsT(node.keepDims));
    case 'CONCATENATION':
      return operator(BuiltinOptions.ConcatenationOptions, new ConcatenationOptionsT(node.axis));
    case 'PAD':
      return operator(BuiltinOptions.PadOptions, new PadOptionsT());
    case 'RESHAPE':
      return operator(BuiltinOptions.ReshapeOptions, new ReshapeOptionsT([1, ...node.shape]), 1);
    case 'SOFTMAX':
      return operator(BuiltinOptions.SoftmaxOptions, new SoftmaxOptionsT(1));
    case 'LEAKY_RELU':
      return operator(BuiltinOptions.LeakyReluOptions, new LeakyReluOptionsT(node.alpha));
    case 'HARD_SWISH':
      return operator(BuiltinOptions.NONE, null, 1);
    default:
      return operator(BuiltinOptions.NONE, null);
  }
}

function convolution(node: ConvolutionNode, activation: ActivationFunctionType): Operator {
  const [[strideH, strideW], [dilationH, dilationW]] = [node.strides, node.dilations];
  const common = { builtin: BuiltinOperator[node.op], version: 3 }; // int8 with a scale for each channel
  const padding = Padding[node.padding];
  if (node.op === 'TRANSPOSE_CONV') {
    const options = new TransposeConvOptionsT(padding, strideW, strideH, activation);
    const version = activation === ActivationFunctionType.NONE ? 3 : 4;
    return { ...common, version, optionsType: BuiltinOptions.TransposeConvOptions, options };
  }
  if (node.op === 'CONV_2D') {
    const options = new Conv2DOptionsT(padding, strideW, strideH, activation, dilationW, dilationH);
    return { ...common, optionsType: BuiltinOptions.Conv2DOptions, options };
  }
  const multiplier = node.channels / node.inputChannels;
  return {
    ...common,
    optionsType: BuiltinOptions.DepthwiseConv2DOptions,
    options: new DepthwiseConv2DOptionsT(
      padding,
      strideW,
      strideH,
      multiplier,
      activation,
      dilationW,
      dilationH,
    ),
  };
}
