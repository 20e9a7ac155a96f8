import {
  parseConfig,
  type RunConfig,
  resolveStages,
  type StageInput,
  withStages,
} from '@weightfold/optimizer';

/** A training for the coded size beside others of the same run: its λ, where it starts, and what differs from `fineTuning`. */
export interface SweepPoint extends Partial<Omit<StageInput, 'from' | 'constraints'>> {
  lambda: number;
  /** `previous`: a warm start from the point before; else from where the recipe's own stage starts. */
  from?: 'previous';
}

/**
 * A configuration whose last stage is held to a rate, with a stage for each point in place of that one: named by its λ (`coded-0-006`) where the
 * point has no name of its own.
 * @throws UsageError for a point that makes no stage, and for a first one that starts from the one before
 */
export function sweep(config: RunConfig, points: SweepPoint[]): RunConfig {
  const stages = resolveStages(config);
  const coded = stages.at(-1)!;
  const trainings: StageInput[] = [];
  for (const { lambda, from, ...training } of points) {
    const name = `${coded.name}-${String(lambda).replace('.', '-')}`;
    const constraints = coded.constraints.map((one) => (one.type === 'rate' ? { ...one, lambda } : one));
    const start = from === 'previous' ? (trainings.at(-1)?.name ?? from) : coded.from;
    trainings.push({ ...coded, name, ...training, from: start, constraints });
  }
  const swept = parseConfig(withStages(config, [...stages.slice(0, -1), ...trainings]));
  resolveStages(swept);
  return swept;
}
