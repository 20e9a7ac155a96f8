import { parsePattern } from '@weightfold/container';
import { featureNames } from '@weightfold/datasets';
import { z } from 'zod';
import { configError } from './config-error.js';
import { centroidRules, codebookKinds } from './constraints/codebook.js';
import { centroidInits } from './constraints/kmeans.js';
import { rangeRules } from './constraints/layer-constraints.js';
import { scheduleNames } from './training/learning-rate.js';

/** Parts of the stage at each of which the learning rate is multiplied by the factor. */
const drops = z.strictObject({
  drops: z.array(z.number().min(0).max(1)).min(1),
  factor: z.number().min(0).max(1).default(0.1),
});
const schedule = z.union([z.enum(scheduleNames), drops]);

const optimizer = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('adam'),
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.999),
    /** Keras' default. */
    epsilon: z.number().positive().default(1e-7),
  }),
  z.strictObject({
    name: z.literal('sgd'),
    momentum: z.number().min(0).lt(1).default(0.9),
    nesterov: z.boolean().default(false),
  }),
]);

const earlyStop = z.strictObject({
  patience: z.int().min(1).default(3),
  minDelta: z.number().min(0).default(0),
  heldOut: z.number().positive().max(0.5).default(0.1),
});

const pattern = z
  .string()
  .refine((text) => parsePattern(text) !== null, 'n:m with n < m, or rows x columns: 2:4, 4x16')
  .nullable();
/** Names of layers, with `*`, and `!` to take out; null: all but depthwise ones. */
const layers = z.array(z.string().min(1)).min(1).nullable().default(null);

const constraint = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('sparsity'),
    target: z.number().min(0).max(0.99),
    pattern: pattern.default(null),
    scope: z.enum(['layer', 'global']).default('layer'),
    rampStart: z.number().min(0).max(1).default(0),
    rampEnd: z.number().min(0).max(1).default(0.5),
    schedule: z.enum(['polynomial', 'constant']).default('polynomial'),
    layers,
    depthwise: z.boolean().default(false),
  }),
  z.strictObject({ type: z.literal('preserve-sparsity') }),
  z.strictObject({
    type: z.literal('cluster'),
    clusters: z.int().min(2).max(255),
    codebook: z.enum(codebookKinds).default('layer'),
    init: z.enum(centroidInits).default('best'),
    centroids: z.enum(centroidRules).default('lloyd'),
    freezeAt: z.number().min(0).max(1).default(0.8),
    layers,
    depthwise: z.boolean().default(false),
  }),
  z.strictObject({
    type: z.literal('rate'),
    lambda: z.number().positive(),
    targetBytes: z.int().min(1).nullable().default(null),
    importanceFloor: z.number().positive().default(2),
    maxCodes: z.int().min(3).max(255).default(63),
    rampEnd: z.number().min(0).max(1).default(0.5),
    freezeAt: z.number().min(0).max(1).default(0.85),
    layers,
  }),
  z.strictObject({
    type: z.literal('metadata'),
    scalesPerOctave: z.int().min(1).max(1024).default(16),
    biasSteps: z.number().positive().max(16).default(0.5),
    layers,
  }),
  z.strictObject({
    type: z.literal('quantize'),
    layers,
    bits: z.int().min(2).max(8).default(8),
    ranges: z.enum(rangeRules).default('moving-average'),
  }),
]);

const distillation = z.strictObject({
  weight: z.number().min(0).max(1).default(0.7),
  temperature: z.number().min(1).max(100).default(4),
});

/** Random changes of training examples (training/augment.ts). */
const augment = z.strictObject({
  /** Mirrors every other image. */
  flip: z.boolean().default(false),
  /** Shifts images by up to so many pixels each way; what comes in is 0. */
  crop: z.int().min(0).default(0),
  /** Shifts features by up to so many frames each way; what comes in is the frame at the edge. */
  timeShift: z.int().min(0).default(0),
});

const training = {
  epochs: z.int().min(0),
  /** Examples of one epoch; the whole training set when null. */
  examples: z.int().min(1).nullable().default(null),
  optimizer: optimizer.prefault({ name: 'adam' }),
  learningRate: z.number().positive(),
  schedule: schedule.default('cosine'),
  /** Part of the stage in which the learning rate rises from 0. */
  warmup: z.number().min(0).max(0.5).default(0),
  /** Ends a stage when the loss on held-out training examples does not fall any more; null: never. */
  earlyStop: earlyStop.nullable().default(null),
  /** Part of the stage after which batch normalization goes by fixed statistics; null: by those of each batch to the end. */
  freezeBatchNorm: z.number().min(0).max(1).nullable().default(null),
  /** The float network's answers as targets beside the labels, in stages that come from it; null: labels alone. */
  distillation: distillation.nullable().default(null),
  augment: augment.nullable().default(null),
};
/** Training of the first stage of named recipes. */
const baseTraining = z.strictObject({
  ...training,
  epochs: training.epochs.default(5),
  learningRate: training.learningRate.default(2e-3),
});
/** That of all others, which is distilled unless that is turned off. */
const fineTuning = z.strictObject({
  ...training,
  epochs: training.epochs.default(1),
  learningRate: training.learningRate.default(1e-3),
  distillation: distillation.nullable().prefault({}),
});

const stage = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'),
  from: z.string().nullable().default(null),
  constraints: z.array(constraint).default([]),
  /** Accuracy on validation examples that a rate may cost, in points below the float network; null: the rate is given. */
  maxDrop: z.number().min(0).max(100).nullable().default(null),
  ...training,
});

const model = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('mobilenet-v1'),
    alpha: z.number().positive().max(2).default(0.25),
    dropout: z.number().min(0).max(0.9).default(0.1),
  }),
  z.strictObject({
    name: z.literal('ds-cnn'),
    size: z.enum(['S', 'M', 'L']).default('S'),
    dropout: z.number().min(0).max(0.9).default(0.3),
    firstDropout: z.number().min(0).max(0.9).default(0.2),
  }),
  z.strictObject({ name: z.literal('resnet-8') }),
  /** Learns to give its input again: for data without classes. */
  z.strictObject({ name: z.literal('autoencoder') }),
  /** A trained float network from a file (docs/formats/import.md); the base stage takes it as it is. */
  z.strictObject({
    name: z.literal('imported'),
    file: z.string(),
    weights: z.string().nullable().default(null),
    objective: z.enum(['classification', 'reconstruction']).default('classification'),
  }),
  /** Built by the program that calls optimize() (docs/api.md). */
  z.strictObject({ name: z.literal('own') }),
]);

/** Without y for an autoencoder. */
const npyPair = z.strictObject({ x: z.string(), y: z.string().nullable().default(null) });
const features = z.enum(featureNames);
/** Part of each class that is for testing, where a folder has no splits of its own. */
const testPart = z.number().gt(0).lt(1).default(0.1);
/** A known data set, or one's own (docs/datasets.md). */
const dataset = z.union([
  z.string(),
  z.strictObject({ name: z.string(), features }),
  z.strictObject({ name: z.string(), train: npyPair, test: npyPair }),
  z.strictObject({
    name: z.string(),
    images: z.string(),
    shape: z.array(z.int().min(1)).length(3),
    testPart,
  }),
  z.strictObject({
    name: z.string(),
    recordings: z.string(),
    features: features.default('keyword-16k'),
    testPart,
  }),
]);

export const recipeNames = [
  'base',
  'prune',
  'cluster',
  'sparse-cluster',
  'ptq',
  'qat',
  'pqat',
  'cqat',
  'pcqat',
  'coded',
] as const;

const config = z.strictObject({
  schemaVersion: z.literal(1),
  dataset: dataset.default('fashion-mnist'),
  model: model.default({ name: 'mobilenet-v1', alpha: 0.25, dropout: 0.1 }),
  /** Keras 2 weights (.h5) to start from in place of training the base. */
  baseWeights: z.string().nullable().default(null),
  seed: z.int().min(0).default(1),
  batchSize: z.int().min(1).default(100),
  recipe: z
    .union([
      z.enum(recipeNames),
      /** Several, one after the other: stages that they share are trained once. */
      z.array(z.enum(recipeNames)).min(1),
      z.strictObject({ schemaVersion: z.literal(1).optional(), stages: z.array(stage).min(1) }),
    ])
    .default('pcqat'),
  /** Part of each pruned layer's weights that becomes zero, and codes of a clustered layer. */
  sparsity: z.number().min(0).max(0.99).default(0.5),
  /** Which zeros belong together, `2:4` or `4x16`; null: none. */
  sparsityPattern: pattern.default(null),
  clusters: z.int().min(2).max(255).default(16),
  /** Price of a bit in `coded`: larger is smaller. Null: the usual one (recipes.ts). */
  lambda: z.number().positive().nullable().default(null),
  /** Epochs of `coded`, one stage where others have several on their way; null: those of `fineTuning`. */
  codedEpochs: z.int().min(0).nullable().default(null),
  /** Bytes of the packed file of `coded`, for which lambda is found; null: as lambda makes it. */
  targetBytes: z.int().min(1).nullable().default(null),
  /** Points of accuracy on validation examples that `coded` may cost: the smallest file is looked for. Null: as lambda or targetBytes make it. */
  maxDrop: z.number().min(0).max(100).nullable().default(null),
  /** Part of the training examples that no stage trains on, in place of the data set's own; null: none of them, or 0.1 where maxDrop needs one. */
  validation: z.number().positive().max(0.5).nullable().default(null),
  baseTraining: baseTraining.prefault({}),
  fineTuning: fineTuning.prefault({}),
  denseScales: z.enum(['tensor', 'channel']).default('tensor'),
  calibrationExamples: z.int().min(1).default(1000),
  /** Batches from which batch-normalization statistics are estimated after each stage. */
  momentBatches: z.int().min(1).default(50),
  checkpointSteps: z.int().min(1).default(100),
});

/** A checked configuration with every default filled in. */
export type RunConfig = z.infer<typeof config>;
export type StageSpec = z.infer<typeof stage>;
/** A stage as one writes it: what is left out has its default. */
export type StageInput = z.input<typeof stage>;
export type ModelConfig = RunConfig['model'];
/** A configuration as one writes it: what is left out has its default. */
export type RunConfigInput = z.input<typeof config>;
type ConstraintInput = z.input<typeof constraint>;
/** Settings of one type of constraint as one writes them. */
export type ConstraintOptions<Type extends ConstraintInput['type']> = Omit<
  Extract<ConstraintInput, { type: Type }>,
  'type'
>;

/** What a network is trained for: the class of its input (by cross-entropy), or its input again (by mean squared error). */
export type Objective = 'classification' | 'reconstruction';

export function objectiveOf(model: ModelConfig): Objective {
  if (model.name === 'imported') return model.objective;
  return model.name === 'autoencoder' ? 'reconstruction' : 'classification';
}

/**
 * Checks a configuration and fills in defaults.
 * @throws UsageError with the path of the first wrong or unknown key, and the nearest known name where it looks like a slip
 */
export function parseConfig(input: unknown): RunConfig {
  const result = config.safeParse(input);
  if (result.success) return result.data;
  throw configError(result.error.issues, input, config);
}

/**
 * Checks one constraint of a stage and fills in defaults.
 * @throws UsageError as `parseConfig` does
 */
export function parseConstraint(input: ConstraintInput): StageSpec['constraints'][number] {
  const result = constraint.safeParse(input);
  if (result.success) return result.data;
  throw configError(result.error.issues, input, constraint);
}
