import { LayerConstraints } from '../constraints/layer-constraints.js';
import { type Graph, weightedNodes } from '../graph/graph.js';
import { type Tensor, tf } from '../tf.js';
import {
  type FoldedLayer,
  foldLayer,
  type QuantizedLayer,
  quantizeLayer,
  type TrainedState,
} from './fold.js';
import { inferenceForward, layerTensors } from './network.js';

/** The layers of a network that nothing constrains, batch normalization folded. */
export function floatLayers(graph: Graph, state: TrainedState): FoldedLayer[] {
  return unconstrained(graph, false).map((layer) => foldLayer(state, layer));
}

/** The same as int8 codes: nearest to the weights, scales by their largest. Dense layers have one scale, or one for each unit. */
export function int8Layers(graph: Graph, state: TrainedState, perChannelDense: boolean): QuantizedLayer[] {
  return unconstrained(graph, perChannelDense).map((layer) => quantizeLayer(state, layer));
}

const unconstrained = (graph: Graph, perChannelDense: boolean) =>
  weightedNodes(graph).map((node) => LayerConstraints.of(node, [], { perChannelDense }, () => {}));

/** Outputs of a float network, one array for each, for the values of its inputs [count, ...] by name. */
export function predict(
  graph: Graph,
  layers: FoldedLayer[],
  inputs: Map<string, Float32Array>,
  count: number,
): Float32Array[] {
  const tensors = layerTensors(layers);
  const results = tf.tidy(() => {
    const values = new Map<string, Tensor>(
      graph.inputs.map(({ name, shape }) => [name, tf.tensor(inputs.get(name)!, [count, ...shape])]),
    );
    const found = inferenceForward(graph, values, (node) => tensors.get(node)!, graph.outputs);
    return graph.outputs.map((name) => tf.keep(found.get(name)!));
  });
  const outputs = results.map((tensor) => tensor.dataSync() as Float32Array);
  tf.dispose([...results, ...[...tensors.values()].flatMap(({ weights, bias }) => [weights, bias])]);
  return outputs;
}
