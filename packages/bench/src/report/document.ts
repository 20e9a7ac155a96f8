import { z } from 'zod';
import { benchSchema } from '../measure/schema.js';

const count = z.int().min(0);
const measured = z.number().nullable();

/** Bytes by what they are for. */
const content = z.strictObject({
  weights: count,
  biases: count,
  /** Scales and zero points. */
  quantization: count,
  structure: count,
});

const layer = z.strictObject({
  name: z.string(),
  elements: count,
  zeros: count,
  distinct: count,
  entropyBits: z.number(),
  /** Equal bins of the real weights, from min to max, and counts of the codes −127 … 127; null for depthwise layers. */
  float: z.strictObject({ min: z.number(), max: z.number(), counts: z.array(count) }).nullable(),
  codes: z.array(count).nullable(),
});

const stage = z.strictObject({
  name: z.string(),
  /** The stage whose weights it started from; null for a root. */
  from: z.string().nullable(),
  /** Types of the constraints that held: sparsity, cluster, rate, quantize and so on. */
  constraints: z.array(z.string()),
  /** Price of a bit of a stage with a rate; null for others. */
  lambda: measured,
  kind: z.enum(['ptq', 'qat']),
  /** Top-1 in percent on the test set (`accuracyValidation`: on held-out training examples), null for a network without classes. */
  accuracyFloat: measured,
  accuracyValidation: measured,
  accuracyInt8: measured,
  /** Mean squared errors of reconstruction; null for classifiers. */
  mseFloat: measured,
  mseInt8: measured,
  bytes: count,
  zipBytes: count,
  /** 1 − packed ÷ .tflite. */
  zipCompression: z.number(),
  wfzBytes: count,
  wfzCompression: z.number(),
  xzBytes: measured,
  brotliBytes: count,
  zeroFraction: z.number(),
  maxDistinct: count,
  bitsPerWeight: z.number(),
  /** Microseconds of single inferences on one thread, ours and LiteRT's in alternation; null on an emulator, as seconds are. */
  medianUs: measured,
  p95Us: measured,
  litertMedianUs: measured,
  litertP95Us: measured,
  trusted: z.boolean(),
  isa: z.string(),
  arenaBytes: measured,
  /** What other runtimes say to the file; null without Python. */
  judgement: z
    .strictObject({
      singleAccuracy: measured,
      litertAccuracy: measured,
      singleMse: measured,
      litertMse: measured,
      tflmEqual: count,
      tflmCompared: count,
    })
    .nullable(),
  steps: count,
  seconds: measured,
  cpuSeconds: measured,
  tflite: z.string(),
  sha256: z.string(),
  /** Of the .tflite and of the .wfz, which has a header, too; null when the .wfz is not in the run folder. */
  content: z.strictObject({ plain: content, coded: content, headerBytes: count }).nullable(),
  layers: z.array(layer),
});

const trainingPoint = z.strictObject({
  stage: z.string(),
  step: count,
  loss: z.number(),
  /** In percent, on training batches. */
  accuracy: measured,
  /** Part of the weights that masks of pruned layers hold at 0. */
  pruned: measured,
});

/** One training of a search for the smallest file that is good enough. */
const attempt = z.strictObject({
  stage: z.string(),
  name: z.string(),
  bytes: count,
  accuracyValidation: measured,
  leastAccuracy: z.number(),
  accepted: z.boolean(),
});

/** A file that something else made, as it was recorded. */
const rival = z.strictObject({
  name: z.string(),
  source: z.string(),
  accuracyInt8: z.number(),
  bytes: count,
  medianUs: measured,
});

export const provenance = z.looseObject({
  date: z.string(),
  seed: z.int(),
  config: z.looseObject({ model: z.looseObject({ name: z.string() }) }),
  dataset: z.looseObject({
    name: z.string(),
    source: z.string(),
    licence: z.string(),
    files: z.array(z.looseObject({ name: z.string(), sha256: z.string() })),
  }),
  machine: z.strictObject({
    cpu: z.string(),
    cores: count,
    memoryBytes: count,
    os: z.string(),
    features: z.array(z.string()),
  }),
  versions: z.record(z.string(), z.string()),
});

/** All that a report tells of a run: what `weightfold report -o report.json` writes. */
export const reportDocument = z.strictObject({
  schemaVersion: z.literal(1),
  title: z.string(),
  stages: z.array(stage).min(1),
  training: z.array(trainingPoint),
  attempts: z.array(attempt),
  rivals: z.array(rival),
  /** A measurement of the run's models that was handed in: `weightfold bench --json`. */
  bench: benchSchema.nullable(),
  provenance,
});

export type ReportDocument = z.infer<typeof reportDocument>;
export type ReportStage = ReportDocument['stages'][number];
export type ReportLayer = ReportStage['layers'][number];
export type TrainingPoint = ReportDocument['training'][number];
export type Rival = ReportDocument['rivals'][number];
export type Attempt = ReportDocument['attempts'][number];
