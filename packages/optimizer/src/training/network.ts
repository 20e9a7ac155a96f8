import {
  type ConvolutionNode,
  type Graph,
  type GraphNode,
  isConvolution,
  isWeighted,
  logitsOf,
  type WeightedNode,
} from '../graph/graph.js';
import { batchNorm, fakeQuantize } from '../ops.js';
import { type Tensor, tf } from '../tf.js';
import type { FoldedLayer } from './fold.js';
import { activate, apply, convolve, dense } from './node-ops.js';
import { including0, quantizationPoints, type Ranges } from './ranges.js';

/** Sees the activations of a point of the network, after its activation function and before they are quantized. */
export type Observe = (point: string, activations: Tensor) => void;

/** Activations of a point as int8 would give them. */
type Simulate = (point: string, activations: Tensor) => Tensor;

export interface TrainingPass {
  /** A node's trained tensor by kind. */
  parameter(node: WeightedNode, kind: 'gamma' | 'beta' | 'bias'): Tensor;
  /** A node's weights, projected onto their constraints. */
  weights(node: WeightedNode): Tensor;
  simulate?: Simulate | null;
  /** Random zeros and 1 / (1 − rate), one for each value of a dropout node's input; null outside of training. */
  dropoutMask: ((name: string, shape: number[]) => Tensor) | null;
  observe?: Observe;
  /** Sees what each node with batch normalization gives before it. */
  onBatchNorm?: (node: WeightedNode, y: Tensor) => void;
  /** Statistics that stand for those of the batch. */
  moments?: ((node: WeightedNode) => { mean: Tensor; variance: Tensor }) | null;
  /** What is made of the factor that such statistics give a node's channels. */
  onScaleGrid?: (node: WeightedNode, factor: Tensor) => Tensor;
}

/**
 * Logits [n, classes] of a batch in training: weights projected onto their constraints, batch normalization by the batch unless
 * moments are given.
 */
export function trainingForward(graph: Graph, input: Tensor, pass: TrainingPass): Tensor {
  const steps: Steps = {
    quantize: quantizer(graph, pass.simulate ?? null, pass.observe),
    dropoutMask: pass.dropoutMask,
    weighted(node, x) {
      const y = product(node, x, pass.weights(node));
      if (!node.batchNorm) return y.add(pass.parameter(node, 'bias'));
      pass.onBatchNorm?.(node, y);
      return normalize(node, node.batchNorm.epsilon, y, pass);
    },
  };
  const logits = logitsOf(graph);
  return walk(graph, new Map([[graph.inputs[0]!.name, input]]), steps, [logits]).get(logits)!;
}

function normalize(node: WeightedNode, epsilon: number, y: Tensor, pass: TrainingPass): Tensor {
  const gamma = pass.parameter(node, 'gamma');
  const beta = pass.parameter(node, 'beta');
  if (pass.moments) {
    const { mean, variance } = pass.moments(node);
    const exact: Tensor = gamma.div(tf.sqrt(variance.add(epsilon)));
    const factor = pass.onScaleGrid?.(node, exact) ?? exact;
    return y.mul(factor).add(beta.sub(mean.mul(factor)));
  }
  const flat = y.shape.length === 2 ? y.reshape([-1, 1, 1, y.shape[1]!]) : y;
  const normal = batchNorm(flat, gamma, beta, epsilon);
  return flat === y ? normal : normal.reshape(y.shape);
}

/**
 * Values of the named nodes at inference, batch normalization folded into weights and bias. With ranges, int8 activations are
 * simulated.
 */
export function inferenceForward(
  graph: Graph,
  inputs: Map<string, Tensor>,
  layer: (node: WeightedNode) => { weights: Tensor; bias: Tensor },
  wanted: string[],
  options: { ranges?: Ranges | null; observe?: Observe } = {},
): Map<string, Tensor> {
  const steps: Steps = {
    quantize: quantizer(graph, options.ranges ? inRanges(options.ranges) : null, options.observe),
    dropoutMask: null,
    weighted(node, x) {
      const { weights, bias } = layer(node);
      return product(node, x, weights).add(bias);
    },
  };
  return walk(graph, inputs, steps, wanted);
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

type Quantize = (name: string, x: Tensor) => Tensor;

interface Steps {
  quantize: Quantize;
  dropoutMask: TrainingPass['dropoutMask'];
  /** A node with weights, without its activation. */
  weighted(node: WeightedNode, x: Tensor): Tensor;
}

function product(node: WeightedNode, x: Tensor, weights: Tensor): Tensor {
  return isConvolution(node) ? convolve(node as ConvolutionNode, x, weights) : dense(x, weights);
}

/** Simulates int8 in the given ranges. */
function inRanges(ranges: Ranges): Simulate {
  return (point, x) => {
    const { min, max } = including0(ranges.get(point)!);
    return fakeQuantize(x, tf.scalar(min), tf.scalar(max));
  };
}

function quantizer(graph: Graph, simulate: Simulate | null, observe: Observe | undefined): Quantize {
  const { pointOf } = quantizationPoints(graph);
  return (name, x) => {
    const point = pointOf(name)!;
    observe?.(point, x);
    return simulate ? simulate(point, x) : x;
  };
}

/** Computes the nodes in order until all wanted values are there. */
function walk(
  graph: Graph,
  inputs: Map<string, Tensor>,
  steps: Steps,
  wanted: string[],
): Map<string, Tensor> {
  const { isQuantizedAt } = quantizationPoints(graph);
  const values = new Map<string, Tensor>();
  for (const { name } of graph.inputs) values.set(name, steps.quantize(name, inputs.get(name)!));
  const last = Math.max(...wanted.map((name) => graph.nodes.findIndex((node) => node.name === name)));
  for (const node of graph.nodes.slice(0, last + 1)) {
    const y = compute(
      node,
      node.inputs.map((name) => values.get(name)!),
      steps,
    );
    values.set(node.name, isQuantizedAt(node) ? steps.quantize(node.name, y) : y);
  }
  return new Map(wanted.map((name) => [name, values.get(name)!]));
}

function compute(node: GraphNode, inputs: Tensor[], steps: Steps): Tensor {
  if (isWeighted(node)) return activate(steps.weighted(node, inputs[0]!), node.activation);
  if (node.op === 'DROPOUT') {
    const [x] = inputs as [Tensor];
    return steps.dropoutMask ? x.mul(steps.dropoutMask(node.name, x.shape)) : x;
  }
  return apply(node, inputs);
}
