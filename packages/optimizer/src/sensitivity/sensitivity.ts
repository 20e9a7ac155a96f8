import type { ScanHooks } from './hooks.js';
import type { Measured } from './measure.js';
import type { LayerOption } from './plan.js';
import type { CodedBytes } from './variants.js';

export interface SensitivityOptions extends ScanHooks {
  /** Names of techniques (`prune-50+cluster-16`); `defaultTechniques` when not given. int8 alone is always tried. */
  techniques?: readonly string[];
  /** Training examples that layers are measured on, a seeded choice; 500 when not given. */
  examples?: number;
  /** Test examples that whole plans are measured on; 2000 when not given. */
  checkExamples?: number;
  /** Coded bytes of all layers' weights that a plan may need; no plan when not given. */
  targetBytes?: number;
  seed?: number;
  /** One scale for each unit of a dense layer, instead of one for the layer. */
  perChannelDense?: boolean;
  /** Measures a layer's coded size on a .tflite that holds it alone; entropy and scales when not given. */
  codedBytes?: CodedBytes;
}

/** A layer under a technique, the rest of the network as it was. */
export interface LayerEffect extends LayerOption, Measured {
  /** Percentage points. */
  accuracyChange: number;
}

export interface LayerSensitivity {
  name: string;
  op: string;
  weights: number;
  effects: LayerEffect[];
}

/** A whole network under one technique, or with one for each layer, on test examples. */
export interface MeasuredPlan extends Measured {
  /** Coded bytes of all layers. */
  bytes: number;
}

export interface SuggestedPlan extends MeasuredPlan {
  targetBytes: number;
  /** Sum of the layers' own loss increases on training examples. */
  expectedLossIncrease: number;
  /** Technique by layer. */
  layers: Record<string, string>;
}

export interface Sensitivity {
  /** The float network on the training examples, and on the test examples. */
  float: Measured & { check: Measured };
  examples: number;
  checkExamples: number;
  layers: LayerSensitivity[];
  /** One technique for all layers but depthwise ones, as recipes have it without `layers`. */
  uniform: (MeasuredPlan & { technique: string })[];
  plan: SuggestedPlan | null;
}
