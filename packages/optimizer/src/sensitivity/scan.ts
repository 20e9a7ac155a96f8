import type { Dataset } from '@weightfold/datasets';
import { OptimizerError } from '../errors.js';
import { logitsOf } from '../graph/graph.js';
import { shapesOf } from '../graph/shapes.js';
import type { ImportedModel } from '../import/imported-model.js';
import { permutation, randomFor } from '../random.js';
import { floatLayers } from '../training/predict.js';
import { type Measured, measureChanges, type Sample } from './measure.js';
import { type Choice, choosePlan, type LayerOption } from './plan.js';
import { defaultTechniques, int8, parseTechnique, type Technique } from './technique.js';
import { type CodedBytes, type LayerVariant, layerVariants } from './variants.js';

export interface SensitivityOptions {
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
  /** Coded size of a layer; its entropy when not given. */
  codedBytes?: CodedBytes;
  /** Told about each measured network. */
  onProgress?: (done: number, of: number) => void;
  /** Stops the scan: its reason is thrown. */
  signal?: AbortSignal;
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

/**
 * Measures for each layer and technique what the network loses when this layer alone is changed, without training, and chooses
 * a technique for each layer under a budget. What is chosen is then measured as a whole, on test examples, beside plans that
 * treat all layers alike.
 * @throws OptimizerError when the model does not fit the data set or gives no finite numbers; UsageError for an unknown
 * technique or a budget that is too small
 */
export async function scanSensitivity(
  model: ImportedModel,
  dataset: Dataset,
  options: SensitivityOptions = {},
): Promise<Sensitivity> {
  checkFit(model, dataset);
  const { examples = 500, checkExamples = 2000, seed = 1, perChannelDense = false, codedBytes } = options;
  const techniques = (options.techniques ?? defaultTechniques).map(parseTechnique);
  const variants = layerVariants(model, techniques, {
    seed,
    perChannelDense,
    ...(codedBytes ? { codedBytes } : {}),
  });
  const sampleOf = (split: Dataset['train'], count: number): Sample => {
    const order = permutation(split.count, randomFor(seed, 'sensitivity'));
    return { split, indices: order.subarray(0, count) };
  };
  const { graph, state } = model;
  const float = floatLayers(graph, state);
  const sample = sampleOf(dataset.train, examples);
  const check = sampleOf(dataset.test, checkExamples);
  const measured = await measureChanges(
    graph,
    float,
    variants.map(({ layer }) => [layer]),
    sample,
    options,
  );
  const layers = layerTable(variants, measured);
  const chosen = options.targetBytes === undefined ? null : choosePlan(layers, options.targetBytes);
  const alike = uniformChoices(variants, techniques);
  const choices = [...alike, ...(chosen ? [chosen] : [])].map((choice) => chosenVariants(variants, choice));
  const [floatCheck, ...whole] = await measureChanges(
    graph,
    float,
    choices.map((list) => list.map(({ layer }) => layer)),
    check,
    { signal: options.signal },
  );
  const plans = choices.map((list, i) => ({
    bytes: list.reduce((sum, { bytes }) => sum + bytes, 0),
    ...whole[i]!,
  }));
  return {
    float: { ...measured[0]!, check: floatCheck! },
    examples: sample.indices.length,
    checkExamples: check.indices.length,
    layers,
    uniform: [int8, ...techniques].map(({ name }, i) => ({ technique: name, ...plans[i]! })),
    plan: chosen && {
      targetBytes: options.targetBytes!,
      ...plans.at(-1)!,
      expectedLossIncrease: expectedIncrease(layers, chosen),
      layers: Object.fromEntries(chosen),
    },
  };
}

function layerTable(variants: LayerVariant[], [float, ...changed]: Measured[]): LayerSensitivity[] {
  const layers = new Map<string, LayerSensitivity>();
  for (const [i, { node, technique, bytes, layer }] of variants.entries()) {
    const { name, op } = node;
    if (!layers.has(name)) layers.set(name, { name, op, weights: layer.codes.length, effects: [] });
    const measured = changed[i]!;
    layers.get(name)!.effects.push({
      technique,
      bytes,
      ...measured,
      lossIncrease: measured.loss - float!.loss,
      accuracyChange: measured.accuracy - float!.accuracy,
    });
  }
  return [...layers.values()];
}

/** int8 alone, then each technique, on all layers that have it; depthwise layers are left at int8. */
function uniformChoices(variants: LayerVariant[], techniques: Technique[]): Choice[] {
  return [int8, ...techniques].map(({ name }) => {
    const choice: Choice = new Map(variants.map(({ node }) => [node.name, int8.name]));
    for (const { node, technique } of variants)
      if (technique === name && node.op !== 'DEPTHWISE_CONV_2D') choice.set(node.name, name);
    return choice;
  });
}

function chosenVariants(variants: LayerVariant[], choice: Choice): LayerVariant[] {
  return variants.filter(({ node, technique }) => choice.get(node.name) === technique);
}

function expectedIncrease(layers: LayerSensitivity[], choice: Choice): number {
  return layers.reduce((sum, { name, effects }) => {
    const own = effects.find(({ technique }) => technique === choice.get(name))!;
    return sum + own.lossIncrease;
  }, 0);
}

function checkFit({ graph }: ImportedModel, { name, train, classes }: Dataset): void {
  const [input, ...others] = graph.inputs;
  const expected = `one input [${train.shape}] and ${classes} outputs, as ${name} has`;
  const outputs = shapesOf(graph).get(logitsOf(graph));
  const fits = others.length === 0 && String(input?.shape) === String(train.shape);
  if (fits && String(outputs) === String(classes)) return;
  const received = `${graph.inputs.map(({ shape }) => `[${shape}]`).join(' and ')}, outputs [${outputs}]`;
  throw new OptimizerError(`the model: expected ${expected} but received ${received}`, {
    code: 'MODEL_MISFIT',
    where: 'model',
    expected,
    received,
    exitCode: 2,
  });
}
