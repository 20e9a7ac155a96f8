import type { RunConfig, StageSpec } from '../config.js';
import { resolveStages } from '../recipes.js';
import { constraintsOf, int8, parseTechnique } from './technique.js';

/**
 * The stages of a recipe that holds each layer to its technique: the path through the deployment tree that has what is needed
 * of pruning and clustering, quantization-aware training at its end, and the configuration's training settings.
 * @param plan technique by layer
 */
export function planStages(plan: Record<string, string>, config: RunConfig): StageSpec[] {
  const layersOf = new Map<string, string[]>();
  for (const [layer, technique] of Object.entries(plan))
    if (technique !== int8.name) layersOf.set(technique, [...(layersOf.get(technique) ?? []), layer]);
  const specs = [...layersOf].flatMap(([name, layers]) => constraintsOf(parseTechnique(name), layers));
  const path = resolveStages({ ...config, recipe: pathFor(specs), sparsityPattern: null });
  return path.map((stage) => ({
    ...stage,
    constraints: stage.constraints.flatMap((one) =>
      'layers' in one ? specs.filter(({ type }) => type === one.type) : [one],
    ),
  }));
}

function pathFor(specs: StageSpec['constraints']) {
  const has = (type: string) => specs.some((spec) => spec.type === type);
  if (has('sparsity')) return has('cluster') ? 'pcqat' : 'pqat';
  return has('cluster') ? 'cqat' : 'qat';
}
