export type { Objective, RunConfig, RunConfigInput, StageInput, StageSpec } from './config.js';
export { objectiveOf, parseConfig } from './config.js';
export { constraints } from './constraints/builders.js';
export { OptimizerError } from './errors.js';
export type { NetworkFactory } from './graph/builder.js';
export { GraphBuilder } from './graph/builder.js';
export type { Graph, GraphNode } from './graph/graph.js';
export { importModel } from './import/import.js';
export type { ImportedModel } from './import/imported-model.js';
export type { OptimizeOptions } from './optimize.js';
export { optimize } from './optimize.js';
export type { Calibration } from './quantize/calibration.js';
export { loadCalibrationSet } from './quantize/calibration-set.js';
export type { LayerError } from './quantize/layer-errors.js';
export type { Quantized, QuantizeOptions } from './quantize/quantize.js';
export { quantizeModel } from './quantize/quantize.js';
export type { Random } from './random.js';
export { recipes, resolveStages, withStages } from './recipes.js';
export type { LayerDensity } from './run/densities.js';
export type { ProgressEvent, StageResult } from './run/events.js';
export { loadRunModel, readRunConfig } from './run/run-model.js';
export { planStages } from './sensitivity/recipe.js';
export { scanSensitivity } from './sensitivity/scan.js';
export type {
  LayerSensitivity,
  MeasuredPlan,
  Sensitivity,
  SensitivityOptions,
  SuggestedPlan,
} from './sensitivity/sensitivity.js';
export { parseTechnique } from './sensitivity/technique.js';
export type { BackendInfo } from './tf.js';
export { backendInfo } from './tf.js';
export type { Augment, AugmentContext } from './training/augment.js';
export { floatLayers, predict } from './training/predict.js';
