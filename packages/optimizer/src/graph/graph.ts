/** Fused activation of a node, named as in TFLite. */
export type Activation = 'NONE' | 'RELU' | 'RELU6';

/** Convolution or depthwise convolution [n, h, w, c], with batch normalization behind it when `batchNorm` is set. */
export interface ConvolutionNode {
  op: 'CONV_2D' | 'DEPTHWISE_CONV_2D';
  name: string;
  /** Output channels; for depthwise the same as input channels. */
  channels: number;
  inputChannels: number;
  kernel: [height: number, width: number];
  strides: [height: number, width: number];
  padding: 'SAME' | 'VALID';
  batchNorm: boolean;
  activation: Activation;
}

/** Fully connected [n, inputs] → [n, units] with bias. */
export interface DenseNode {
  op: 'FULLY_CONNECTED';
  name: string;
  inputs: number;
  units: number;
  activation: Activation;
}

/** Mean over height and width (global average pooling): [n, h, w, c] → [n, c]. */
export interface MeanNode {
  op: 'MEAN';
  name: string;
}

/** Random zeroing in training; nothing at inference, and not exported. */
export interface DropoutNode {
  op: 'DROPOUT';
  name: string;
  rate: number;
}

export interface SoftmaxNode {
  op: 'SOFTMAX';
  name: string;
}

export type GraphNode = ConvolutionNode | DenseNode | MeanNode | DropoutNode | SoftmaxNode;
export type WeightedNode = ConvolutionNode | DenseNode;

/** A network: nodes in execution order, each fed by the one before it. Activations are NHWC. */
export interface Graph {
  name: string;
  /** Shape of one example, without the batch. */
  inputShape: number[];
  classes: number;
  nodes: GraphNode[];
}

/** Epsilon of every batch normalization (Keras' default). */
export const batchNormEpsilon = 1e-3;

export function isWeighted(node: GraphNode): node is WeightedNode {
  return node.op === 'CONV_2D' || node.op === 'DEPTHWISE_CONV_2D' || node.op === 'FULLY_CONNECTED';
}

/** Nodes that hold weights, in order. */
export function weightedNodes(graph: Graph): WeightedNode[] {
  return graph.nodes.filter(isWeighted);
}

/** Output channels (or units) of a node with weights. */
export function outputChannels(node: WeightedNode): number {
  return node.op === 'FULLY_CONNECTED' ? node.units : node.channels;
}

/** Whether batch normalization follows the node. */
export function hasBatchNorm(node: WeightedNode): node is ConvolutionNode {
  return node.op !== 'FULLY_CONNECTED' && node.batchNorm;
}
