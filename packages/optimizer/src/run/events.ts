import type { WeightStatistics } from '@weightfold/tflite';
import type { LayerDensity } from './densities.js';

/** What happens during a run, for progress displays and logs. */
export interface ProgressEvent {
  type: 'stage-start' | 'step' | 'stage-end' | 'resume' | 'note';
  stage?: string;
  /** Of a stage that starts: which it is, from 1, of how many. */
  stageNumber?: number;
  stages?: number;
  step?: number;
  steps?: number;
  epoch?: number;
  /** Loss of training, a moving average over about 20 steps. */
  loss?: number;
  /** Whether soft targets are part of that loss, by which it is larger (training/distillation.ts). */
  distilled?: true;
  /** What the weights cost now, in a stage that is held to a rate. */
  rate?: RateNow;
  /** In percent: of a finished stage on the test set; of training on its batches, a moving average over about 20 steps. */
  accuracy?: number;
  /** Mean squared error of the finished stage, of a network that reconstructs its input. */
  mse?: number;
  /** Part of the weights that is zero: counted on the file of a finished stage; in training, what masks of pruned layers hold at 0. */
  zeroFraction?: number;
  /** What this stage still needs, at the speed that it has; not told on an emulator. */
  etaSeconds?: number;
  /** The same with all stages behind it, while there are any: their training, without measuring. */
  runEtaSeconds?: number;
  message?: string;
  /** Of a note of a search for the smallest file: the training it is about. */
  attempt?: {
    name: string;
    bytes: number;
    /** In percent; null where the target was out of reach and nothing was trained. */
    accuracyValidation: number | null;
    leastAccuracy: number;
    accepted: boolean;
  };
}

/** A finished stage. */
export interface StageResult {
  name: string;
  /** Simulated int8 in training (QAT kinds) or quantized after training (PTQ). */
  kind: 'ptq' | 'qat';
  /** Top-1 on the whole test set in percent, with quantization simulated for QAT kinds; null without classes. */
  accuracyFloat: number | null;
  /** Mean squared error of reconstruction on the whole test set, likewise; null for classifiers. */
  mseFloat: number | null;
  /** Top-1 like `accuracyFloat` on validation examples, which no stage trains on; null without any, or without classes. */
  accuracyValidation: number | null;
  /** Path of the exported file, relative to the run folder. */
  tflite: string;
  bytes: number;
  sha256: string;
  /** Zeros among the weights of convolution and dense layers, counted on the file. */
  zeroFraction: number;
  /** Largest number of distinct codes in a clustered layer (in any layer when the stage clusters none), counted on the file. */
  maxDistinct: number;
  clusteredLayers: string[];
  /** Of all processes that worked on it; null where one of them was on an emulator. */
  seconds: number | null;
  cpuSeconds: number | null;
  steps: number;
  layers: WeightStatistics[];
  densities: LayerDensity[];
}

/** What the weights of a stage with a rate cost. */
export interface RateNow {
  /** λ as it is applied, also while it rises; the largest where layers have different ones. */
  lambda: number;
  /** Of the weights with a rate, by the entropy of their layers' codes. */
  bitsPerWeight: number;
  /** About the bytes of the packed file, and how many are wanted, where a number of bytes is. */
  bytes?: number;
  targetBytes?: number;
}
