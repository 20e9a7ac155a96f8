import { OptimizerError } from '../errors.js';
import { type ConvolutionNode, type Graph, type GraphNode, isConvolution, type PoolNode } from './graph.js';

/**
 * Shapes, without the batch, of every input and node of a graph, by name.
 * @throws OptimizerError naming the node whose inputs do not fit
 */
export function shapesOf(graph: Graph): Map<string, number[]> {
  const shapes = new Map(graph.inputs.map(({ name, shape }) => [name, shape]));
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => {
      const shape = shapes.get(name);
      if (!shape) throw unfit(node, 'inputs made by nodes before it', name);
      return shape;
    });
    if (shapes.has(node.name)) throw unfit(node, 'a name of its own', node.name);
    shapes.set(node.name, shapeOf(node, inputs));
  }
  for (const name of graph.outputs) {
    if (!shapes.has(name)) throw new OptimizerError(`output ${name}: no such node`, { code: 'BAD_GRAPH' });
  }
  return shapes;
}

/** Shape of a node's value for those of its inputs. @throws OptimizerError when they do not fit */
export function shapeOf(node: GraphNode, [first = [], ...others]: number[][]): number[] {
  switch (node.op) {
    case 'CONV_2D':
    case 'DEPTHWISE_CONV_2D':
    case 'TRANSPOSE_CONV':
    case 'AVERAGE_POOL_2D':
    case 'MAX_POOL_2D':
      return windowShape(node, first);
    case 'FULLY_CONNECTED':
      expectShape(node, product(first) === node.inputUnits, `${node.inputUnits} values`, first);
      return [node.units];
    case 'ADD':
    case 'SUB':
    case 'MUL':
      return broadcast(node, first, others[0]!);
    case 'CONCATENATION':
      return concatenated(node, node.axis - 1, [first, ...others]);
    case 'MEAN':
      return first.flatMap((size, i) => (node.axes.includes(i + 1) ? (node.keepDims ? [1] : []) : [size]));
    case 'PAD':
      expectShape(node, node.paddings.length === first.length, `${node.paddings.length} dimensions`, first);
      return first.map((size, i) => size + node.paddings[i]![0] + node.paddings[i]![1]);
    case 'RESHAPE':
      expectShape(node, product(first) === product(node.shape), `${product(node.shape)} values`, first);
      return node.shape;
    case 'CONSTANT':
      return node.shape;
    default:
      return first;
  }
}

function windowShape(node: ConvolutionNode | PoolNode, from: number[]): number[] {
  expectShape(node, from.length === 3, '[height, width, channels]', from);
  const channels = from[2]!;
  if (isConvolution(node)) {
    expectShape(node, channels === node.inputChannels, `${node.inputChannels} channels`, from);
    const parts = node.op === 'DEPTHWISE_CONV_2D' ? node.inputChannels : node.groups;
    const even = Number.isInteger(parts) && channels % parts === 0 && node.channels % parts === 0;
    expectShape(node, even, `channels that ${parts} groups divide`, [channels, node.channels]);
  }
  return [
    windowSize(node, 0, from[0]!),
    windowSize(node, 1, from[1]!),
    'channels' in node ? node.channels : channels,
  ];
}

/** Places of a window along height (0) or width (1); TensorFlow's rules for SAME and VALID. */
function windowSize(node: ConvolutionNode | PoolNode, axis: 0 | 1, size: number): number {
  const [stride, kernel] = [node.strides[axis], node.kernel[axis]];
  if (node.op === 'TRANSPOSE_CONV')
    return node.padding === 'SAME' ? size * stride : size * stride + Math.max(kernel - stride, 0);
  const reach = 'dilations' in node ? (kernel - 1) * node.dilations[axis] + 1 : kernel;
  const places = node.padding === 'SAME' ? Math.ceil(size / stride) : Math.ceil((size - reach + 1) / stride);
  expectShape(node, places > 0, `at least ${reach} along axis ${axis + 1}`, [size]);
  return places;
}

function broadcast(node: GraphNode, a: number[], b: number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const at = (shape: number[], i: number) => shape[i - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [at(a, i), at(b, i)];
    expectShape(node, x === y || x === 1 || y === 1, `shapes that broadcast with [${a}]`, b);
    return Math.max(x, y);
  });
}

function concatenated(node: GraphNode, axis: number, shapes: number[][]): number[] {
  const [first] = shapes as [number[]];
  for (const shape of shapes) {
    const fits = shape.length === first.length && shape.every((size, i) => i === axis || size === first[i]);
    expectShape(node, fits && axis >= 0 && axis < first.length, `[${first}] but for axis ${axis + 1}`, shape);
  }
  return first.map((size, i) => (i === axis ? shapes.reduce((sum, shape) => sum + shape[axis]!, 0) : size));
}

const product = (shape: readonly number[]) => shape.reduce((all, size) => all * size, 1);

function expectShape(node: GraphNode, fits: boolean, expected: string, received: number[]): void {
  if (!fits) throw unfit(node, expected, `[${received}]`);
}

function unfit(node: GraphNode, expected: string, received: string): OptimizerError {
  return new OptimizerError(`${node.name} (${node.op}): expected ${expected} but received ${received}`, {
    code: 'BAD_GRAPH',
    where: node.name,
    expected,
    received,
  });
}
