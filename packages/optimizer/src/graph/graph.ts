/** Fused activation of a node, named as in TFLite. */
export type Activation = 'NONE' | 'RELU' | 'RELU6';
export type Padding = 'SAME' | 'VALID';
/** Height and width. */
export type Pair = [height: number, width: number];

interface NodeBase {
  name: string;
  /** Names of the nodes, or of the graph's inputs, whose values it takes. */
  inputs: string[];
}

/** Batch normalization behind a node with weights, by statistics of training: folded into weights and bias on export. */
export interface BatchNorm {
  epsilon: number;
}

/** Convolution, depthwise convolution or transpose convolution [n, h, w, c]. */
export interface ConvolutionNode extends NodeBase {
  op: 'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'TRANSPOSE_CONV';
  /** Output channels; for depthwise a multiple of the input channels. */
  channels: number;
  inputChannels: number;
  /** Groups of channels that do not see one another, 1 but for grouped CONV_2D. */
  groups: number;
  kernel: Pair;
  strides: Pair;
  dilations: Pair;
  padding: Padding;
  batchNorm: BatchNorm | null;
  activation: Activation;
}

/** Fully connected: [n, ...] flattened to [n, units of the input] → [n, units], with bias. */
export interface DenseNode extends NodeBase {
  op: 'FULLY_CONNECTED';
  inputUnits: number;
  units: number;
  batchNorm: BatchNorm | null;
  activation: Activation;
}

/** Of two values of the same shape, or of one and a constant that broadcasts. */
export interface ElementwiseNode extends NodeBase {
  op: 'ADD' | 'SUB' | 'MUL';
  activation: Activation;
}

export interface PoolNode extends NodeBase {
  op: 'AVERAGE_POOL_2D' | 'MAX_POOL_2D';
  kernel: Pair;
  strides: Pair;
  padding: Padding;
}

/** Mean over axes, of which 0 is the batch: [1, 2] is global average pooling. */
export interface MeanNode extends NodeBase {
  op: 'MEAN';
  axes: number[];
  keepDims: boolean;
}

/** Joins its inputs along an axis, of which 0 is the batch. */
export interface ConcatenationNode extends NodeBase {
  op: 'CONCATENATION';
  axis: number;
}

/** Zeros before and behind, for every dimension but the batch. */
export interface PadNode extends NodeBase {
  op: 'PAD';
  paddings: [before: number, behind: number][];
}

export interface ReshapeNode extends NodeBase {
  op: 'RESHAPE';
  /** Without the batch. */
  shape: number[];
}

/** Activation functions that stand alone. */
export interface ActivationNode extends NodeBase {
  op: 'RELU' | 'RELU6' | 'HARD_SWISH' | 'LOGISTIC' | 'TANH' | 'SOFTMAX';
}

/** x for x > 0, else alpha × x. */
export interface LeakyReluNode extends NodeBase {
  op: 'LEAKY_RELU';
  alpha: number;
}

/** Random zeroing in training; nothing at inference, and not exported. */
export interface DropoutNode extends NodeBase {
  op: 'DROPOUT';
  rate: number;
}

/** Numbers that are not trained, without a batch dimension. */
export interface ConstantNode extends NodeBase {
  op: 'CONSTANT';
  shape: number[];
  data: Float32Array;
}

export type WeightedNode = ConvolutionNode | DenseNode;
export type GraphNode =
  | WeightedNode
  | ElementwiseNode
  | PoolNode
  | MeanNode
  | ConcatenationNode
  | PadNode
  | ReshapeNode
  | ActivationNode
  | LeakyReluNode
  | DropoutNode
  | ConstantNode;

/** Shape of one example, without the batch. Activations are NHWC. */
export interface GraphInput {
  name: string;
  shape: number[];
}

/** A network: nodes in an order in which each comes behind those it takes. */
export interface Graph {
  name: string;
  inputs: GraphInput[];
  nodes: GraphNode[];
  /** Names of nodes. */
  outputs: string[];
}

export function isWeighted(node: GraphNode): node is WeightedNode {
  return node.op === 'FULLY_CONNECTED' || isConvolution(node);
}

export function isConvolution(node: GraphNode): node is ConvolutionNode {
  return node.op === 'CONV_2D' || node.op === 'DEPTHWISE_CONV_2D' || node.op === 'TRANSPOSE_CONV';
}

/** Nodes that hold weights, in order. */
export function weightedNodes(graph: Graph): WeightedNode[] {
  return graph.nodes.filter(isWeighted);
}

/** Output channels (or units) of a node with weights. */
export function outputChannels(node: WeightedNode): number {
  return node.op === 'FULLY_CONNECTED' ? node.units : node.channels;
}

/** The node that gives logits: an output's own, or what its softmax takes. Losses and top-1 need no softmax. */
export function logitsOf(graph: Graph): string {
  const last = graph.nodes.find(({ name }) => name === graph.outputs[0])!;
  return last.op === 'SOFTMAX' ? last.inputs[0]! : last.name;
}
