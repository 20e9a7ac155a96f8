import { fillBatch, type Split } from '@weightfold/datasets';
import { type Graph, logitsOf, type WeightedNode } from '../graph/graph.js';
import { shapesOf } from '../graph/shapes.js';
import { crossEntropy } from '../ops.js';
import { type Tensor, tf } from '../tf.js';
import { dequantizeLayer, type FoldedLayer, type QuantizedLayer } from '../training/fold.js';
import { inferenceForward, layerTensors } from '../training/network.js';
import type { ScanHooks } from './hooks.js';

/** Mean cross-entropy and top-1 accuracy in percent. */
export interface Measured {
  loss: number;
  accuracy: number;
}

/** Examples of a split, by index. */
export interface Sample {
  split: Split;
  indices: Uint32Array;
}

/** Values of all nodes that live at once: 64 million floats, 256 MB. */
const largestBatch = 64e6;

/**
 * Loss and accuracy of a float network, and of the same network with some of its layers replaced, over a sample. A batch's
 * values are computed once; a changed network is computed from its first changed layer on.
 * @param changes for each network the layers that differ
 * @returns the float network's first, then one for each change
 */
export async function measureChanges(
  graph: Graph,
  float: FoldedLayer[],
  changes: QuantizedLayer[][],
  { split, indices }: Sample,
  hooks: ScanHooks = {},
): Promise<Measured[]> {
  const tensors = layerTensors(float);
  const parts = changes.map((layers) => affectedBy(graph, new Set(layers.map(({ node }) => node))));
  const sums = Array.from({ length: changes.length + 1 }, () => ({ loss: 0, right: 0 }));
  const size = batchSize(graph);
  const total = changes.length * Math.ceil(indices.length / size);
  let done = 0;
  const values = new Map<string, Tensor>();
  try {
    for (let at = 0; at < indices.length; at += size) {
      const batch = indices.subarray(at, at + size);
      const labels = Int32Array.from(batch, (i) => split.y[i]!);
      setValues(values, graph, tensors, tf.tensor(fillBatch(split, batch), [batch.length, ...split.shape]));
      add(sums[0]!, values.get(logitsOf(graph))!, labels);
      for (const [i, layers] of changes.entries()) {
        hooks.signal?.throwIfAborted();
        tf.tidy(() => add(sums[i + 1]!, changedLogits(parts[i]!, values, tensors, layers), labels));
        hooks.onProgress?.('measuring', ++done, total);
        await new Promise((resolve) => setImmediate(resolve)); // lets signals and progress through
      }
      tf.dispose([...values.values()]);
    }
  } finally {
    tf.dispose([
      ...values.values(),
      ...[...tensors.values()].flatMap(({ weights, bias }) => [weights, bias]),
    ]);
  }
  const n = indices.length;
  return sums.map(({ loss, right }) => ({ loss: loss / n, accuracy: (100 * right) / n }));
}

type LayerTensors = ReturnType<typeof layerTensors>;

/** Fills `values` with those of the input and of all nodes up to the logits, kept until they are disposed. */
function setValues(values: Map<string, Tensor>, graph: Graph, tensors: LayerTensors, x: Tensor): void {
  values.clear();
  values.set(graph.inputs[0]!.name, x);
  const logits = logitsOf(graph);
  const names = graph.nodes.map(({ name }) => name);
  const wanted = names.slice(0, names.indexOf(logits) + 1);
  tf.tidy(() => {
    const inputs = new Map([[graph.inputs[0]!.name, x]]);
    const found = inferenceForward(graph, inputs, (node) => tensors.get(node)!, wanted);
    for (const [name, value] of found) values.set(name, tf.keep(value));
  });
}

function changedLogits(
  part: Graph,
  values: Map<string, Tensor>,
  tensors: LayerTensors,
  layers: QuantizedLayer[],
): Tensor {
  const [logits] = part.outputs as [string];
  if (part.nodes.at(-1)?.name !== logits) return values.get(logits)!; // leads to another output
  const changed = layerTensors(layers.map(dequantizeLayer));
  const layer = (node: WeightedNode) => changed.get(node) ?? tensors.get(node)!;
  return inferenceForward(part, values, layer, [logits]).get(logits)!;
}

/** The part of a graph that changes with some nodes: what it takes from elsewhere are its inputs. */
function affectedBy(graph: Graph, changed: Set<WeightedNode>): Graph {
  const logits = logitsOf(graph);
  const last = graph.nodes.findIndex(({ name }) => name === logits);
  const affected = new Set<string>();
  const nodes = graph.nodes.slice(0, last + 1).filter((node) => {
    const is = changed.has(node as WeightedNode) || node.inputs.some((name) => affected.has(name));
    if (is) affected.add(node.name);
    return is;
  });
  const shapes = shapesOf(graph);
  const taken = new Set(nodes.flatMap(({ inputs }) => inputs).filter((name) => !affected.has(name)));
  const inputs = [...taken].map((name) => ({ name, shape: shapes.get(name)! }));
  return { name: graph.name, inputs, nodes, outputs: [logits] };
}

function add(sum: { loss: number; right: number }, logits: Tensor, labels: Int32Array): void {
  tf.tidy(() => {
    sum.loss += labels.length * crossEntropy(logits, tf.tensor1d(labels, 'int32')).dataSync()[0]!;
    const predicted = tf.argMax(logits as never, 1).dataSync();
    for (let i = 0; i < labels.length; i++) if (predicted[i] === labels[i]) sum.right++;
  });
}

function batchSize(graph: Graph): number {
  let values = 0;
  for (const shape of shapesOf(graph).values()) values += shape.reduce((product, n) => product * n, 1);
  return Math.max(1, Math.min(100, Math.floor(largestBatch / values)));
}
