import { readModel, type WeightStatistics, weightStatistics } from '@weightfold/tflite';
import type { LayerConstraints } from '../constraints/layer-constraints.js';
import type { WeightedNode } from '../graph/graph.js';
import { typedWeights } from './weights.js';

/** What the exported file holds, counted on the file. */
export interface ExportStatistics {
  layers: WeightStatistics[];
  /** Zeros among the weights of all layers that the stage prunes or clusters by default (not depthwise). */
  zeroFraction: number;
  /** Largest number of distinct codes in a clustered layer; over all layers when none is clustered. */
  maxDistinct: number;
}

/**
 * Reads the exported bytes back, lets every constraint count on them what it promises, and returns the counts.
 * @throws OptimizerError when a promise is broken
 */
export function verifyExport(
  bytes: Uint8Array,
  constraints: Map<WeightedNode, LayerConstraints>,
): ExportStatistics {
  const model = readModel(bytes);
  const layers = weightStatistics(model);
  let zeros = 0;
  let elements = 0;
  const distinct: number[] = [];
  for (const [node, layer] of constraints) {
    const statistics = layers.find((candidate) => candidate.name === `${node.name}/weights`)!;
    layer.verify(typedWeights(model, statistics.tensorIndex, node));
    const { quantization } = model.subgraphs[0]!.tensors[statistics.tensorIndex]!;
    layer.verifyScales(Array.from(quantization!.scale));
    if (node.op !== 'DEPTHWISE_CONV_2D') {
      zeros += statistics.zeros;
      elements += statistics.elements;
    }
    if (layer.clustered) distinct.push(statistics.distinct);
  }
  const counted = distinct.length > 0 ? distinct : layers.map((layer) => layer.distinct);
  const maxDistinct = counted.reduce((most, count) => Math.max(most, count), 0);
  return { layers, zeroFraction: elements === 0 ? 0 : zeros / elements, maxDistinct };
}
