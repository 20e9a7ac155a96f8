import type { Graph } from '../graph/graph.js';
import { fakeQuantize } from '../ops.js';
import { type Tensor, tf } from '../tf.js';
import type { FoldedLayer } from '../training/fold.js';
import { inferenceForward, layerTensors } from '../training/network.js';
import { including0, quantizationPoints, type Ranges } from '../training/ranges.js';

/** How far a node's int8 values are from its float ones. */
export interface LayerError {
  name: string;
  op: string;
  /** Signal to quantization noise in dB of the node alone: float inputs, its own weights and output quantized. */
  ownSqnr: number;
  /** The same with everything before it quantized as well, as in the exported model. */
  sqnr: number;
  /** Cosine of float and int8 values, everything before quantized. */
  cosine: number;
}

interface Sums {
  signal: number;
  noise: number;
  ownNoise: number;
  quantized: number;
  product: number;
}

/**
 * What quantization does to each node, over batches of examples: by itself, and together with all before it.
 * @param batches inputs by name, each [n, ...]
 */
export function layerErrors(
  graph: Graph,
  float: FoldedLayer[],
  int8: FoldedLayer[],
  ranges: Ranges,
  batches: Iterable<Map<string, Tensor>>,
): LayerError[] {
  const nodes = graph.nodes.filter(({ op }) => op !== 'CONSTANT' && op !== 'DROPOUT');
  const sums = new Map<string, Sums>(
    nodes.map(({ name }) => [name, { signal: 0, noise: 0, ownNoise: 0, quantized: 0, product: 0 }]),
  );
  const [floatTensors, int8Tensors] = [layerTensors(float), layerTensors(int8)];
  const all = graph.nodes.map(({ name }) => name);
  for (const inputs of batches) {
    tf.tidy(() => {
      const real = inferenceForward(graph, inputs, (node) => floatTensors.get(node)!, all);
      const simulated = inferenceForward(graph, inputs, (node) => int8Tensors.get(node)!, all, { ranges });
      for (const [name, value] of inputs) real.set(name, value);
      const alone = ownValues(graph, real, (node) => int8Tensors.get(node)!, ranges);
      for (const { name } of nodes)
        add(sums.get(name)!, real.get(name)!, simulated.get(name)!, alone.get(name)!);
    });
  }
  for (const { weights, bias } of [...floatTensors.values(), ...int8Tensors.values()])
    tf.dispose([weights, bias]);
  return nodes.map(({ name, op }) => ({ name, op, ...figures(sums.get(name)!) }));
}

/** Each node's value when it alone is quantized: a graph of one node, fed with real values. */
function ownValues(
  graph: Graph,
  real: Map<string, Tensor>,
  layer: Parameters<typeof inferenceForward>[2],
  ranges: Ranges,
): Map<string, Tensor> {
  const { pointOf, isQuantizedAt } = quantizationPoints(graph);
  return new Map(
    graph.nodes.map((node) => {
      const inputs = [...new Set(node.inputs)];
      const alone: Graph = {
        name: node.name,
        inputs: inputs.map((name) => ({ name, shape: real.get(name)!.shape.slice(1) })),
        nodes: [node],
        outputs: [node.name],
      };
      const fed = new Map(inputs.map((name) => [name, real.get(name)!]));
      const y = inferenceForward(alone, fed, layer, [node.name]).get(node.name)!;
      const range = isQuantizedAt(node) ? ranges.get(pointOf(node.name)!) : undefined;
      if (!range) return [node.name, y];
      const { min, max } = including0(range);
      return [node.name, fakeQuantize(y, tf.scalar(min), tf.scalar(max))];
    }),
  );
}

function add(sums: Sums, real: Tensor, simulated: Tensor, alone: Tensor): void {
  const number = (tensor: Tensor) => tensor.dataSync()[0]!;
  const dot = (a: Tensor, b: Tensor) => number(tf.sum(tf.mul(a, b)));
  const [noise, ownNoise] = [tf.sub(simulated, real), tf.sub(alone, real)];
  sums.signal += dot(real, real);
  sums.quantized += dot(simulated, simulated);
  sums.product += dot(real, simulated);
  sums.noise += dot(noise, noise);
  sums.ownNoise += dot(ownNoise, ownNoise);
}

function figures({ signal, noise, ownNoise, quantized, product }: Sums) {
  const decibels = (n: number) => (n === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / n));
  return {
    ownSqnr: decibels(ownNoise),
    sqnr: decibels(noise),
    cosine: product / Math.sqrt(signal * quantized),
  };
}
