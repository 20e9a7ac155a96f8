import { UsageError } from '@weightfold/base';
import { parsePattern } from '@weightfold/container';
import {
  parseConstraint,
  type RunConfig,
  type RunConfigInput,
  type recipeNames,
  type StageInput,
  type StageSpec,
} from './config.js';

type SparsitySpec = Extract<StageSpec['constraints'][number], { type: 'sparsity' }>;
type RecipeName = (typeof recipeNames)[number];
type ConstraintName = StageSpec['constraints'][number]['type'];

/** The nodes of the deployment tree as data: which stage they start from and what must hold for the weights. */
interface NamedStage {
  from: string | null;
  constraints: ConstraintName[];
  /** Where the configuration leaves it out: part of the stage after which batch normalization is frozen. */
  freezeBatchNorm?: number;
}
const stages: Record<string, NamedStage> = {
  base: { from: null, constraints: [] },
  pruned: { from: 'base', constraints: ['sparsity'] },
  clustered: { from: 'base', constraints: ['cluster'] },
  'sparse-clustered': { from: 'pruned', constraints: ['preserve-sparsity', 'cluster'] },
  qat: { from: 'base', constraints: ['quantize'] },
  pqat: { from: 'pruned', constraints: ['preserve-sparsity', 'quantize'] },
  cqat: { from: 'clustered', constraints: ['cluster', 'quantize'] },
  pcqat: { from: 'sparse-clustered', constraints: ['preserve-sparsity', 'cluster', 'quantize'] },
  coded: { from: 'base', constraints: ['rate', 'metadata', 'quantize'], freezeBatchNorm: 0.9 },
};

/** The paths through the tree. Every stage is also exported with post-training quantization, so `ptq` is the base alone. */
export const recipes: Record<RecipeName, string[]> = {
  base: ['base'],
  ptq: ['base'],
  prune: ['base', 'pruned'],
  cluster: ['base', 'clustered'],
  'sparse-cluster': ['base', 'pruned', 'sparse-clustered'],
  qat: ['base', 'qat'],
  pqat: ['base', 'pruned', 'pqat'],
  cqat: ['base', 'clustered', 'cqat'],
  pcqat: ['base', 'pruned', 'sparse-clustered', 'pcqat'],
  coded: ['base', 'coded'],
};

/** Price of a bit where none is given. */
const usualLambda = 0.015;

/** Settings of the stage `coded` alone, and what they are called in stages of one's own. */
const codedSettings = {
  lambda: 'lambda of a rate in a stage',
  targetBytes: 'targetBytes of a rate in a stage',
  maxDrop: 'maxDrop of a stage',
  codedEpochs: 'epochs of a stage',
} as const;
type CodedSetting = keyof typeof codedSettings;

/** What a configuration sets for a stage `coded` that its recipe does not have. */
export function unusedSettings(config: RunConfig): CodedSetting[] {
  if (namesOf(config.recipe).some((name) => stages[name]!.constraints.includes('rate'))) return [];
  return (Object.keys(codedSettings) as CodedSetting[]).filter((key) => config[key] !== null);
}

/** A configuration with stages of its own in place of named recipes, and without the settings that only these have. */
export function withStages(config: RunConfig, list: StageInput[]): RunConfigInput {
  const none = { lambda: null, targetBytes: null, maxDrop: null, codedEpochs: null } satisfies Record<
    CodedSetting,
    null
  >;
  return { ...config, ...none, recipe: { stages: list } };
}

/**
 * The stages of a configuration in the order in which they run, with all their settings.
 * @throws UsageError when a stage starts from one that is not before it, and for settings that do not go together
 */
export function resolveStages(config: RunConfig): StageSpec[] {
  const { recipe } = config;
  const [unused] = unusedSettings(config);
  if (unused)
    throw unfit(
      unused,
      `the recipe coded, or ${codedSettings[unused]} of your own,`,
      namesOf(recipe).length > 0 ? [recipe].flat().join(', ') : 'stages of your own',
      `leave ${unused} out, or add coded to the recipe`,
    );
  if (typeof recipe === 'object' && 'stages' in recipe) return checkStages(checkOrder(recipe.stages));
  const list = namesOf(recipe).map((name): StageSpec => {
    const { from, constraints, freezeBatchNorm = null } = stages[name]!;
    const training = from === null ? config.baseTraining : config.fineTuning;
    const specs = constraints.map((type) => constraintSpec(type, config));
    const rated = constraints.includes('rate');
    return {
      name,
      from,
      constraints: specs,
      maxDrop: rated ? config.maxDrop : null,
      ...training,
      epochs: (rated ? config.codedEpochs : null) ?? training.epochs,
      freezeBatchNorm: training.freezeBatchNorm ?? freezeBatchNorm,
    };
  });
  return checkStages(list);
}

/** The stages of named recipes, each once; none for stages of one's own. */
function namesOf(recipe: RunConfig['recipe']): string[] {
  if (typeof recipe === 'string') return recipes[recipe];
  return 'stages' in recipe ? [] : [...new Set(recipe.flatMap((name) => recipes[name]))];
}

/** Settings that do not go together, and would be left out without a word. */
function checkStages(list: StageSpec[]): StageSpec[] {
  for (const { name, from, distillation, constraints, maxDrop } of list) {
    if (maxDrop !== null) checkMaxDrop(list, list.find((stage) => stage.name === name)!);
    if (from === null && distillation !== null)
      throw unfit(
        `stage ${name}, distillation`,
        'null in a stage that comes from no other',
        JSON.stringify(distillation),
      );
    if (constraints.some(({ type }) => type === 'rate') && constraints.some(({ type }) => type === 'cluster'))
      throw unfit(`stage ${name}, constraints`, 'rate or cluster, since each chooses the codes,', 'both');
    checkRates(constraints, `stage ${name}, rate`);
    for (const one of constraints) if (one.type === 'sparsity') checkSparsity(one, `stage ${name}, sparsity`);
  }
  return list;
}

/** A drop is one below another stage, and needs a rate that is free to be chosen. */
function checkMaxDrop(list: StageSpec[], { name, from, constraints }: StageSpec): void {
  const where = `stage ${name}, maxDrop`;
  if (from === null) throw unfit(where, 'a stage that comes from a float one', 'the first one');
  const rates = constraints.filter((one) => one.type === 'rate');
  if (rates.length === 0) throw unfit(where, 'a rate among the constraints', 'none');
  const aimed = rates.find(({ targetBytes }) => targetBytes !== null);
  if (aimed) throw unfit(where, 'maxDrop or targetBytes', 'both');
  const taken = list.find((stage) => stage.name.startsWith(`${name}-try-`));
  if (taken) throw unfit(where, `no stage beside it named ${name}-try-…`, taken.name);
}

/** λ is at its value before codes freeze by it; a file has one number of bytes, however many rates its layers have. */
function checkRates(constraints: StageSpec['constraints'], where: string): void {
  const rates = constraints.filter((one) => one.type === 'rate');
  for (const { rampEnd, freezeAt } of rates)
    if (freezeAt < rampEnd) throw unfit(`${where}, freezeAt`, `at least rampEnd, ${rampEnd},`, `${freezeAt}`);
  const targets = rates.flatMap(({ targetBytes }) => targetBytes ?? []);
  if (targets.length > 1)
    throw unfit(`${where}, targetBytes`, 'one of them to have it', targets.join(' and '));
}

/** n:m says how many weights are zero in each group: a target beside it has to agree. */
function checkSparsity(
  { pattern, target, scope, schedule, rampStart, rampEnd }: SparsitySpec,
  where: string,
) {
  if (schedule === 'polynomial' && rampEnd < rampStart)
    throw unfit(
      `${where}, rampEnd`,
      `at least rampStart, ${rampStart}, or the schedule constant`,
      `${rampEnd}`,
    );
  const groups = pattern === null ? null : parsePattern(pattern);
  if (groups?.type !== 'n:m') return;
  const implied = 1 - groups.n / groups.m;
  if (Math.abs(target - implied) >= 1e-9)
    throw unfit(`${where}, pattern ${pattern}`, `a sparsity of ${implied}, which is 1 − n / m,`, `${target}`);
  if (scope === 'global')
    throw unfit(`${where}, pattern ${pattern}`, 'the scope layer, since each group has its zeros,', scope);
}

function unfit(where: string, expected: string, received: string, hint?: string): UsageError {
  return new UsageError(`${where}: expected ${expected} but received ${received}`, {
    where,
    expected,
    received,
    ...(hint ? { hint } : {}),
  });
}

function constraintSpec(type: ConstraintName, config: RunConfig): StageSpec['constraints'][number] {
  switch (type) {
    case 'sparsity':
      return parseConstraint({ type, target: config.sparsity, pattern: config.sparsityPattern });
    case 'cluster':
      return parseConstraint({ type, clusters: config.clusters });
    case 'rate':
      return parseConstraint({ type, lambda: config.lambda ?? usualLambda, targetBytes: config.targetBytes });
    default:
      return parseConstraint({ type });
  }
}

function checkOrder(list: StageSpec[]): StageSpec[] {
  list.forEach(({ name, from }, i) => {
    const before = list.slice(0, i).map((stage) => stage.name);
    const known = before.join(', ') || 'null (the first stage trains from the start)';
    if (from !== null && !before.includes(from)) {
      throw new UsageError(`stage ${name}: expected "from" to be one of ${known} but received ${from}`, {
        where: `recipe.stages.${i}.from`,
        expected: known,
        received: from,
      });
    }
    if (before.includes(name)) {
      throw new UsageError(`recipe.stages.${i}: a stage named ${name} is already there`, {
        where: `recipe.stages.${i}.name`,
      });
    }
  });
  return list;
}
