import { DatasetError } from '../errors.js';
import type { FeatureInfo, Split } from '../types.js';
import { keywordMfcc, type MfccSettings, mfcc, mfccFrames } from './mfcc.js';
import type { Sound } from './wav.js';

/** A way to make features of recordings. */
export interface FeatureSet {
  settings: MfccSettings;
  /** Whether each coefficient is shifted and scaled to mean 0 and deviation 1 over the training examples. */
  normalized: boolean;
}

const milliseconds = (ms: number) => (16_000 * ms) / 1000;

/** Features by name, all of 49 frames and 10 coefficients. */
export const featureSets = {
  /** Windows of 40 ms every 20 ms, as in "Hello Edge" (Zhang et al., 2017), at 8 kHz. */
  'keyword-8k': { settings: keywordMfcc, normalized: true },
  /** The same at 16 kHz. */
  'keyword-16k': {
    settings: {
      ...keywordMfcc,
      sampleRate: 16_000,
      samples: 16_000,
      window: milliseconds(40),
      hop: milliseconds(20),
      fft: 1024,
    },
    normalized: true,
  },
  /**
   * MLPerf Tiny's keyword spotting (benchmark/training/keyword_spotting of mlcommons/tiny): windows of 30 ms every 20
   * ms at 16 kHz, each recording divided by its largest sample and padded behind, features as they are.
   */
  'mlperf-tiny': {
    settings: {
      ...keywordMfcc,
      sampleRate: 16_000,
      samples: 16_000,
      padding: 'end',
      peak: true,
      window: milliseconds(30),
      hop: milliseconds(20),
      fft: 512,
    },
    normalized: false,
  },
} as const satisfies Record<string, FeatureSet>;

export type FeatureName = keyof typeof featureSets;
export const featureNames = Object.keys(featureSets) as FeatureName[];

/** Features of a labelled recording. */
export interface FeatureExample {
  /** Examples are put in the order of their names. */
  name: string;
  label: number;
  features: Float32Array;
}

/** Features of a recording, not normalized. */
export function featuresOf(sound: Sound, { settings }: FeatureSet, name: string): Float32Array {
  return mfcc(sound, settings, name);
}

/** Shape of one example. */
export function featureShape({ settings }: FeatureSet): [frames: number, coefficients: number, channels: 1] {
  return [mfccFrames(settings), settings.coefficients, 1];
}

/**
 * Examples as splits, normalized where the feature set says so: by given numbers, else by mean and deviation of the
 * training ones.
 * @throws DatasetError when there is no example to train with
 */
export function featureSplits<Name extends string>(
  examples: Record<Name | 'train', FeatureExample[]>,
  set: FeatureSet,
  given: FeatureInfo | null = null,
): { splits: Record<Name | 'train', Split>; info: FeatureInfo } {
  if (examples.train.length === 0) {
    const expected = 'recordings to train with';
    throw new DatasetError(`expected ${expected} but received none`, {
      where: 'train',
      expected,
      received: 'none',
    });
  }
  const names = Object.keys(examples) as (Name | 'train')[];
  const splits = Object.fromEntries(names.map((name) => [name, toSplit(examples[name], set)])) as Record<
    Name | 'train',
    Split
  >;
  if (!set.normalized) return { splits, info: { mean: null, deviation: null } };
  const info = given ?? normOf(splits.train, set.settings.coefficients);
  for (const split of Object.values<Split>(splits)) normalize(split, info);
  return { splits, info };
}

function toSplit(examples: FeatureExample[], set: FeatureSet): Split {
  const shape = featureShape(set);
  const size = shape[0] * shape[1];
  const sorted = [...examples].sort((a, b) => (a.name < b.name ? -1 : 1));
  const x = new Float32Array(sorted.length * size);
  sorted.forEach(({ features }, i) => {
    x.set(features, i * size);
  });
  const y = Int32Array.from(sorted, ({ label }) => label);
  return { count: sorted.length, shape, x, xScale: 1, y };
}

/** Keeps the deviation of a coefficient that is always the same above 0. */
const smallestDeviation = 1e-6;

/** Mean and deviation of each coefficient. */
function normOf({ x }: Split, coefficients: number): FeatureInfo {
  const values = x.length / coefficients;
  const mean = new Float64Array(coefficients);
  x.forEach((value, i) => {
    mean[i % coefficients]! += value / values;
  });
  const variance = new Float64Array(coefficients);
  x.forEach((value, i) => {
    variance[i % coefficients]! += (value - mean[i % coefficients]!) ** 2 / values;
  });
  const deviation = Float32Array.from(variance, (value) => Math.max(Math.sqrt(value), smallestDeviation));
  return { mean: Float32Array.from(mean), deviation };
}

function normalize({ x }: Split, { mean, deviation }: FeatureInfo): void {
  const coefficients = mean!.length;
  for (let i = 0; i < x.length; i++)
    x[i] = (x[i]! - mean![i % coefficients]!) / deviation![i % coefficients]!;
}
