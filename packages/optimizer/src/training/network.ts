import type { LayerConstraints } from '../constraints/layer-constraints.js';
import {
  batchNormEpsilon,
  type ConvolutionNode,
  type Graph,
  isWeighted,
  type WeightedNode,
} from '../graph/graph.js';
import { batchNorm, fakeQuantize, relu } from '../ops.js';
import { type Tensor, tf } from '../tf.js';
import type { FoldedLayer } from './fold.js';
import { hasOwnRange, including0, inputPoint, type Ranges } from './ranges.js';

/** Sees the activations of a point of the network, after its activation function and before they are quantized. */
export type Observe = (point: string, activations: Tensor) => void;

export interface TrainingPass {
  /** A node's trained tensor by kind. */
  parameter(node: WeightedNode, kind: 'weights' | 'gamma' | 'beta' | 'bias'): Tensor;
  constraints(node: WeightedNode): LayerConstraints;
  /** Simulates int8 activations when given. */
  ranges: Ranges | null;
  /** Random zeros and 1 / (1 − rate), one for each value of a dropout node's input; null outside of training. */
  dropoutMask: ((name: string, shape: number[]) => Tensor) | null;
  observe?: Observe;
  /** Sees what each convolution gives, before batch normalization. */
  onConvolution?: (node: ConvolutionNode, y: Tensor) => void;
}

/** Logits [n, classes] of a batch in training: weights projected onto their constraints, batch normalization by the batch. */
export function trainingForward(graph: Graph, input: Tensor, pass: TrainingPass): Tensor {
  const quantize = quantizer(pass.ranges, pass.observe);
  return walk(graph, quantize(inputPoint, input), quantize, pass.dropoutMask, (node, x) => {
    const weights = pass.constraints(node).project(pass.parameter(node, 'weights'));
    if (node.op === 'FULLY_CONNECTED')
      return tf.matMul(x as never, weights as never).add(pass.parameter(node, 'bias'));
    const y = convolve(node, x, weights);
    if (!node.batchNorm) return y.add(pass.parameter(node, 'bias'));
    pass.onConvolution?.(node, y);
    return batchNorm(y, pass.parameter(node, 'gamma'), pass.parameter(node, 'beta'), batchNormEpsilon);
  });
}

/** Logits at inference, batch normalization folded into weights and bias. With ranges, int8 activations are simulated. */
export function inferenceForward(
  graph: Graph,
  input: Tensor,
  layer: (node: WeightedNode) => { weights: Tensor; bias: Tensor },
  ranges: Ranges | null,
  observe?: Observe,
): Tensor {
  const quantize = quantizer(ranges, observe);
  return walk(graph, quantize(inputPoint, input), quantize, null, (node, x) => {
    const { weights, bias } = layer(node);
    const y =
      node.op === 'FULLY_CONNECTED' ? tf.matMul(x as never, weights as never) : convolve(node, x, weights);
    return y.add(bias);
  });
}

/** Folded layers as tensors, by node. The caller disposes them. */
export function layerTensors(layers: FoldedLayer[]): Map<WeightedNode, { weights: Tensor; bias: Tensor }> {
  return new Map(
    layers.map(({ node, shape, weights, bias }) => [
      node,
      { weights: tf.tensor(weights, shape), bias: tf.tensor1d(bias) },
    ]),
  );
}

type Quantize = (point: string, x: Tensor) => Tensor;

function quantizer(ranges: Ranges | null, observe: Observe | undefined): Quantize {
  return (point, x) => {
    observe?.(point, x);
    if (!ranges) return x;
    const { min, max } = including0(ranges.get(point)!);
    return fakeQuantize(x, tf.scalar(min), tf.scalar(max));
  };
}

function walk(
  graph: Graph,
  input: Tensor,
  quantize: Quantize,
  dropoutMask: TrainingPass['dropoutMask'],
  weighted: (node: WeightedNode, x: Tensor) => Tensor,
): Tensor {
  let x = input;
  for (const node of graph.nodes) {
    if (isWeighted(node)) {
      const y = weighted(node, x);
      x = node.activation === 'NONE' ? y : node.activation === 'RELU6' ? tf.clipByValue(y, 0, 6) : relu(y);
    } else if (node.op === 'MEAN') {
      x = tf.mean(x, [1, 2]);
    } else if (node.op === 'DROPOUT' && dropoutMask) {
      x = x.mul(dropoutMask(node.name, x.shape));
    }
    if (hasOwnRange(node)) x = quantize(node.name, x);
  }
  return x;
}

function convolve(node: ConvolutionNode, x: Tensor, weights: Tensor): Tensor {
  const padding = node.padding.toLowerCase() as 'same' | 'valid';
  if (node.op === 'CONV_2D') return tf.conv2d(x as never, weights as never, node.strides, padding);
  return tf.depthwiseConv2d(x as never, weights as never, node.strides, padding);
}
