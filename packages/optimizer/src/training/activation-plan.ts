import { type ConstraintSpec, type QuantizeSpec, quantizeSpecOf } from '../constraints/layer-constraints.js';
import { type Graph, weightedNodes } from '../graph/graph.js';
import { quantizationPoints } from './ranges.js';

/** Which points of a network are simulated as int8 in a stage, and how their ranges go on from calibration. */
export interface ActivationPlan {
  isSimulated(point: string): boolean;
  rule(point: string): QuantizeSpec['ranges'];
  /** Points whose ranges training moves. */
  learned: string[];
}

/**
 * The plan of a stage's quantize specs; null without one. A layer that none of them names gives float activations in training; inputs
 * and nodes without weights go by the last spec that names no layers, else by the last one.
 */
export function activationPlan(graph: Graph, specs: ConstraintSpec[]): ActivationPlan | null {
  const all = specs.filter((spec): spec is QuantizeSpec => spec.type === 'quantize');
  const general = all.findLast(({ layers }) => layers === null) ?? all.at(-1);
  if (!general) return null;
  const { pointOf } = quantizationPoints(graph);
  const byPoint = new Map<string | null, QuantizeSpec | undefined>();
  for (const node of weightedNodes(graph)) byPoint.set(pointOf(node.name), quantizeSpecOf(node, specs));
  const isSimulated = (point: string) => !byPoint.has(point) || byPoint.get(point) !== undefined;
  const rule = (point: string) => (byPoint.get(point) ?? general).ranges;
  const points = [...graph.inputs, ...graph.nodes].flatMap(({ name }) => pointOf(name) ?? []);
  const learned = [...new Set(points)].filter((point) => isSimulated(point) && rule(point) === 'learned');
  return { isSimulated, rule, learned };
}
