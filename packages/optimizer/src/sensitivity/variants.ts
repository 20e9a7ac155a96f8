import { LayerConstraints } from '../constraints/layer-constraints.js';
import { type Graph, type WeightedNode, weightedNodes } from '../graph/graph.js';
import type { ImportedModel } from '../import/imported-model.js';
import { type QuantizedLayer, quantizeLayer, type TrainedState } from '../training/fold.js';
import { makeGammasPositive } from '../training/gammas.js';
import { findSlot, slotValues } from '../training/parameters.js';
import { estimatedBytes } from './coded-bytes.js';
import type { ScanHooks } from './hooks.js';
import { layerModel } from './layer-model.js';
import { constraintsOf, int8, type Technique } from './technique.js';

/** One layer under one technique, as the exported file would hold it without any training. */
export interface LayerVariant {
  node: WeightedNode;
  technique: string;
  /** Coded bytes of its weights and scales. */
  bytes: number;
  layer: QuantizedLayer;
}

/** Coded bytes of weights and scales of a .tflite that holds one layer. */
export type CodedBytes = (tflite: Uint8Array) => number;

export interface VariantOptions {
  /** Of what is random, such as first centroids. */
  seed: number;
  /** One scale for each unit of a dense layer. */
  perChannelDense: boolean;
  /** By entropy when not given. */
  codedBytes?: CodedBytes | undefined;
}

/**
 * Every layer under int8 alone and under each technique that it is large enough for, layer by layer.
 * @param hooks told about each layer; a signal ends the work before the next one
 */
export async function layerVariants(
  { graph, state }: ImportedModel,
  techniques: Technique[],
  options: VariantOptions,
  hooks: ScanHooks = {},
): Promise<LayerVariant[]> {
  const nodes = weightedNodes(graph);
  const plain = copyOf(state);
  const positive = copyOf(state);
  makeGammasPositive(nodes, positive.slots, positive.values, positive.moments);
  const found: LayerVariant[] = [];
  for (const [i, node] of nodes.entries()) {
    hooks.signal?.throwIfAborted();
    for (const technique of [int8, ...techniques]) {
      const from = technique.clusters ? positive : plain;
      found.push(...(variant(graph, from, node, technique, options) ?? []));
    }
    hooks.onProgress?.('changing layers', i + 1, nodes.length);
    await new Promise((resolve) => setImmediate(resolve)); // lets signals and progress through
  }
  return found;
}

function variant(
  graph: Graph,
  state: TrainedState,
  node: WeightedNode,
  technique: Technique,
  { seed, perChannelDense, codedBytes }: VariantOptions,
): [LayerVariant] | null {
  let fits = true;
  const constraints = LayerConstraints.of(
    node,
    constraintsOf(technique, ['*']),
    { perChannelDense, seed },
    () => {
      fits = false; // fewer weights than clusters
    },
  );
  if (!fits) return null;
  constraints.update(slotValues(state.values, findSlot(state.slots, node, 'weights')), 1);
  const layer = quantizeLayer(state, constraints);
  const { perTensor, channels } = constraints.shape;
  const bytes = codedBytes
    ? codedBytes(layerModel(graph, node, layer, perTensor))
    : estimatedBytes(layer, perTensor ? 1 : channels);
  return [{ node, technique: technique.name, bytes, layer }];
}

function copyOf({ slots, values, moments }: TrainedState): TrainedState {
  const copies = [...moments].map(
    ([name, { mean, variance }]) => [name, { mean: mean.slice(), variance }] as const,
  );
  return { slots, values: values.slice(), moments: new Map(copies) };
}
