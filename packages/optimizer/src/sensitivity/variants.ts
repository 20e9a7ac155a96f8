import { LayerConstraints } from '../constraints/layer-constraints.js';
import { type WeightedNode, weightedNodes } from '../graph/graph.js';
import type { ImportedModel } from '../import/imported-model.js';
import { type QuantizedLayer, quantizeLayer, type TrainedState } from '../training/fold.js';
import { findSlot, slotValues } from '../training/parameters.js';
import { makeGammasPositive } from '../training/trainer.js';
import { estimatedBytes } from './coded-bytes.js';
import { constraintsOf, int8, type Technique } from './technique.js';

/** One layer under one technique, as the exported file would hold it without any training. */
export interface LayerVariant {
  node: WeightedNode;
  technique: string;
  /** Coded bytes of its weights and scales. */
  bytes: number;
  layer: QuantizedLayer;
}

/** A layer's coded size in bytes, from its codes and the number of scales that the file holds for them. */
export type CodedBytes = (layer: QuantizedLayer, scales: number) => number;

export interface VariantOptions {
  /** Of what is random, such as first centroids. */
  seed: number;
  /** One scale for each unit of a dense layer. */
  perChannelDense: boolean;
  /** `estimatedBytes` when not given. */
  codedBytes?: CodedBytes | undefined;
}

/** Every layer under int8 alone and under each technique that it is large enough for, layer by layer. */
export function layerVariants(
  { graph, state }: ImportedModel,
  techniques: Technique[],
  options: VariantOptions,
): LayerVariant[] {
  const nodes = weightedNodes(graph);
  const plain = copyOf(state);
  const positive = copyOf(state);
  makeGammasPositive(nodes, positive.slots, positive.values, positive.moments);
  return nodes.flatMap((node) =>
    [int8, ...techniques.filter(({ name }) => name !== int8.name)].flatMap(
      (technique) => variant(technique.clusters ? positive : plain, node, technique, options) ?? [],
    ),
  );
}

function variant(
  state: TrainedState,
  node: WeightedNode,
  technique: Technique,
  { seed, perChannelDense, codedBytes = estimatedBytes }: VariantOptions,
): LayerVariant | null {
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
  const scales = constraints.shape.perTensor ? 1 : constraints.shape.channels;
  return { node, technique: technique.name, bytes: codedBytes(layer, scales), layer };
}

function copyOf({ slots, values, moments }: TrainedState): TrainedState {
  const copies = [...moments].map(
    ([name, { mean, variance }]) => [name, { mean: mean.slice(), variance }] as const,
  );
  return { slots, values: values.slice(), moments: new Map(copies) };
}
