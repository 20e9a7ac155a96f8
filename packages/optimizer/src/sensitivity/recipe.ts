import type { RunConfig, StageSpec } from '../config.js';
import { resolveStages } from '../recipes.js';
import { constraintsOf, parseTechnique } from './technique.js';

/**
 * The stages of a recipe that holds each layer to its technique: the path through the deployment tree that has what is needed
 * of pruning and clustering, quantization-aware training at its end, and the configuration's training settings.
 * @param plan technique by layer
 */
export function planStages(plan: Record<string, string>, config: RunConfig): StageSpec[] {
  const specs = grouped(
    Object.entries(plan).flatMap(([layer, technique]) => constraintsOf(parseTechnique(technique), [layer])),
  );
  const unaimed = { sparsityPattern: null, targetBytes: null, maxDrop: null };
  const path = resolveStages({ ...config, recipe: pathFor(specs), ...unaimed });
  return path.map((stage) => ({
    ...stage,
    constraints: stage.constraints.flatMap((one) =>
      one.type === 'sparsity' || one.type === 'cluster'
        ? specs.filter(({ type }) => type === one.type)
        : [one],
    ),
  }));
}

function pathFor(specs: StageSpec['constraints']) {
  const has = (type: string) => specs.some((spec) => spec.type === type);
  if (has('sparsity')) return has('cluster') ? 'pcqat' : 'pqat';
  return has('cluster') ? 'cqat' : 'qat';
}

/** Constraints that differ in their layers alone become one. */
function grouped(specs: StageSpec['constraints']): StageSpec['constraints'] {
  const groups = new Map<string, StageSpec['constraints'][number]>();
  for (const spec of specs) {
    const layers = 'layers' in spec ? (spec.layers ?? []) : [];
    const key = JSON.stringify({ ...spec, layers: [] });
    const group = groups.get(key);
    if (group && 'layers' in group) group.layers!.push(...layers);
    else groups.set(key, { ...spec, ...('layers' in spec ? { layers: [...layers] } : {}) });
  }
  return [...groups.values()];
}
