import { exportInt8 } from '../export/export.js';
import type { Graph, WeightedNode } from '../graph/graph.js';
import { shapesOf } from '../graph/shapes.js';
import type { QuantizedLayer } from '../training/fold.js';

/** Ranges do not change the size of weights: any will do. */
const anyRange = { min: 0, max: 1 };

/** An int8 .tflite of one layer of a network alone, with its weights and scales as the whole file would hold them. */
export function layerModel(
  graph: Graph,
  node: WeightedNode,
  layer: QuantizedLayer,
  perTensor: boolean,
): Uint8Array {
  const input = node.inputs[0]!;
  const inputs = [{ name: input, shape: shapesOf(graph).get(input)! }];
  const alone: Graph = { name: node.name, inputs, nodes: [node], outputs: [node.name] };
  const ranges = new Map([input, node.name].map((name) => [name, anyRange]));
  const unbiased = { ...layer, bias: new Float32Array(layer.bias.length) };
  return exportInt8(alone, [unbiased], ranges, { perTensor: () => perTensor });
}
