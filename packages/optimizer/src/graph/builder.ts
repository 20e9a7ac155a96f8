import { OptimizerError } from '../errors.js';
import type { Activation, ConvolutionNode, Graph, GraphNode, Pair, PoolNode } from './graph.js';
import { shapeOf, shapesOf } from './shapes.js';

/** Builds a network for data of a shape (one example, without the batch) with a number of classes. */
export type NetworkFactory = (data: { shape: number[]; classes: number }) => Graph;

/** What every layer may be told: the value that it takes, by name; that of the layer before when not given. */
interface Layer {
  from?: string;
}

interface WindowOptions extends Layer {
  /** Height and width, or one number for both. */
  kernel: number | Pair;
  /** 1 when not given. */
  strides?: number | Pair;
  /** SAME when not given. */
  padding?: 'SAME' | 'VALID';
}

interface WeightedOptions extends Layer {
  batchNorm?: boolean;
  activation?: Activation;
}

const pair = (size: number | Pair): Pair => (typeof size === 'number' ? [size, size] : size);

/**
 * Builds a network layer by layer. Each method adds a layer, gives its name, by which later ones can take its value (`from`), and
 * throws OptimizerError when it does not fit what it takes. Convolutions have batch normalization and RELU behind them, dense
 * layers have neither, unless they are told.
 */
export class GraphBuilder {
  /** Name of the input's value. */
  readonly input = 'input';
  private readonly nodes: GraphNode[] = [];
  private readonly shapes: Map<string, number[]>;
  private last: string = this.input;

  /** @param shape of one example, without the batch: [height, width, channels] */
  constructor(
    private readonly name: string,
    private readonly shape: number[],
  ) {
    this.shapes = new Map([[this.input, shape]]);
  }

  conv2d(name: string, options: WindowOptions & WeightedOptions & { channels: number }): string {
    return this.add(this.convolution('CONV_2D', name, options.channels, options));
  }

  /** One kernel for each channel, or `multiplier` of them. */
  depthwiseConv2d(
    name: string,
    { multiplier = 1, ...options }: WindowOptions & WeightedOptions & { multiplier?: number },
  ): string {
    const channels = multiplier * (this.shapeOf(options.from).at(-1) ?? 1);
    return this.add(this.convolution('DEPTHWISE_CONV_2D', name, channels, options));
  }

  /** Takes values of any shape as one row. */
  dense(
    name: string,
    { units, from, batchNorm = false, activation = 'NONE' }: WeightedOptions & { units: number },
  ): string {
    const inputUnits = this.shapeOf(from).reduce((product, size) => product * size, 1);
    return this.add({
      op: 'FULLY_CONNECTED',
      name,
      inputs: [from ?? this.last],
      inputUnits,
      units,
      batchNorm: batchNorm ? { epsilon } : null,
      activation,
    });
  }

  maxPool(name: string, options: WindowOptions): string {
    return this.add(this.pool('MAX_POOL_2D', name, options));
  }

  averagePool(name: string, options: WindowOptions): string {
    return this.add(this.pool('AVERAGE_POOL_2D', name, options));
  }

  /** Mean over height and width. */
  globalAveragePool(name: string, { from = this.last }: Layer = {}): string {
    return this.add({ op: 'MEAN', name, inputs: [from], axes: [1, 2], keepDims: false });
  }

  /** Sum of two values of the same shape: what a residual connection needs. */
  sum(name: string, values: [string, string], activation: Activation = 'NONE'): string {
    return this.add({ op: 'ADD', name, inputs: values, activation });
  }

  /** Values joined along the last axis. */
  concatenate(name: string, values: string[]): string {
    return this.add({ op: 'CONCATENATION', name, inputs: values, axis: this.shapeOf(values[0]).length });
  }

  /** Zeros a part of the values in training. */
  dropout(name: string, { rate, from = this.last }: Layer & { rate: number }): string {
    return this.add({ op: 'DROPOUT', name, inputs: [from], rate });
  }

  softmax(name: string, { from = this.last }: Layer = {}): string {
    return this.add({ op: 'SOFTMAX', name, inputs: [from] });
  }

  /** Any node, also one that has no method here. */
  add(node: GraphNode): string {
    if (this.shapes.has(node.name)) throw unfit(node, 'a name that is free', node.name);
    const inputs = node.inputs.map((name) => this.shapeOf(name));
    this.shapes.set(node.name, shapeOf(node, inputs));
    this.nodes.push(node);
    this.last = node.name;
    return node.name;
  }

  /** Shape, without the batch, of a value; of the last one when none is named. @throws OptimizerError for an unknown name */
  shapeOf(name: string = this.last): number[] {
    const shape = this.shapes.get(name);
    if (shape) return shape;
    throw new OptimizerError(`${this.name}: there is no value ${name}`, {
      code: 'BAD_GRAPH',
      where: this.name,
      expected: [...this.shapes.keys()].join(', '),
      received: name,
    });
  }

  /** The network whose output is a value; the last one when none is named. */
  build(output: string = this.last): Graph {
    this.shapeOf(output);
    const inputs = [{ name: this.input, shape: this.shape }];
    const graph = { name: this.name, inputs, nodes: [...this.nodes], outputs: [output] };
    shapesOf(graph);
    return graph;
  }

  private convolution(
    op: 'CONV_2D' | 'DEPTHWISE_CONV_2D',
    name: string,
    channels: number,
    options: WindowOptions & WeightedOptions,
  ): ConvolutionNode {
    const { batchNorm = true, activation = 'RELU' } = options;
    return {
      op,
      name,
      channels,
      inputChannels: this.shapeOf(options.from).at(-1) ?? 1,
      groups: 1,
      dilations: [1, 1],
      batchNorm: batchNorm ? { epsilon } : null,
      activation,
      ...this.window(options),
    };
  }

  private pool(op: PoolNode['op'], name: string, options: WindowOptions): PoolNode {
    return { op, name, ...this.window(options) };
  }

  private window({ kernel, strides = 1, padding = 'SAME', from = this.last }: WindowOptions) {
    return { inputs: [from], kernel: pair(kernel), strides: pair(strides), padding };
  }
}

/** Epsilon of batch normalization (Keras' default). */
const epsilon = 1e-3;

function unfit({ name, op }: GraphNode, expected: string, received: string): OptimizerError {
  return new OptimizerError(`${name} (${op}): expected ${expected} but received ${received}`, {
    code: 'BAD_GRAPH',
    where: name,
    expected,
    received,
  });
}
