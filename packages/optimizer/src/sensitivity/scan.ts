import type { Dataset, Split } from '@weightfold/datasets';
import { OptimizerError } from '../errors.js';
import type { ImportedModel } from '../import/imported-model.js';
import { permutation, randomFor } from '../random.js';
import { checkDataset } from '../run/check-dataset.js';
import { checkModelFits } from '../run/network.js';
import { floatLayers } from '../training/predict.js';
import type { ScanHooks } from './hooks.js';
import { type Measured, measureChanges, type Sample } from './measure.js';
import { type Choice, checkBudget, choosePlan } from './plan.js';
import type { LayerSensitivity, MeasuredPlan, Sensitivity, SensitivityOptions } from './sensitivity.js';
import { defaultTechniques, int8, parseTechnique, type Technique } from './technique.js';
import { type LayerVariant, layerVariants } from './variants.js';

/**
 * Measures for each layer and technique what the network loses when this layer alone is changed, without training, and chooses
 * a technique for each layer under a budget. What is chosen is then measured as a whole, on test examples, beside plans that
 * treat all layers alike.
 * @throws UsageError when the model does not fit the data set, for an unknown technique or a budget that is too small;
 * OptimizerError when the float model gives no finite numbers
 */
export async function scanSensitivity(
  model: ImportedModel,
  dataset: Dataset,
  options: SensitivityOptions = {},
): Promise<Sensitivity> {
  checkDataset(dataset);
  checkModelFits(model.graph, dataset, 'the model');
  const { seed = 1, perChannelDense = false, codedBytes, targetBytes } = options;
  const names = new Set(options.techniques ?? defaultTechniques);
  const techniques = [...names].map(parseTechnique).filter((technique) => technique !== int8);
  const variants = await layerVariants(model, techniques, { seed, perChannelDense, codedBytes }, options);
  if (targetBytes !== undefined) checkBudget(optionsByLayer(variants), targetBytes);
  const sample = sampleOf(dataset.train, options.examples ?? 500, seed);
  const [base, ...changed] = await measured(
    model,
    variants.map((one) => [one]),
    sample,
    options,
  );
  checkFinite(base!);
  const layers = layerTable(variants, base!, changed);
  const chosen = targetBytes === undefined ? null : choosePlan(layers, targetBytes);
  const choices = [...uniformChoices(variants, techniques), ...(chosen ? [chosen] : [])];
  const whole = choices.map((choice) => chosenVariants(variants, choice));
  const check = sampleOf(dataset.test, options.checkExamples ?? 2000, seed);
  const [floatCheck, ...checked] = await measured(model, whole, check, { signal: options.signal });
  const plans = whole.map((list, i) => ({ bytes: sum(list, ({ bytes }) => bytes), ...checked[i]! }));
  return {
    float: { ...base!, check: floatCheck! },
    examples: sample.indices.length,
    checkExamples: check.indices.length,
    layers,
    uniform: [int8, ...techniques].map(({ name }, i) => ({ technique: name, ...plans[i]! })),
    plan: chosen && suggested(chosen, targetBytes!, layers, plans.at(-1)!),
  };
}

/** The float network, and each that has some of its layers changed, on a sample. */
function measured(
  { graph, state }: ImportedModel,
  networks: LayerVariant[][],
  sample: Sample,
  hooks: ScanHooks,
): Promise<Measured[]> {
  const changes = networks.map((list) => list.map(({ layer }) => layer));
  return measureChanges(graph, floatLayers(graph, state), changes, sample, hooks);
}

/** A seeded choice of a split's examples. */
function sampleOf(split: Split, count: number, seed: number): Sample {
  const order = permutation(split.count, randomFor(seed, 'sensitivity'));
  return { split, indices: order.subarray(0, count) };
}

function layerTable(variants: LayerVariant[], base: Measured, changed: Measured[]): LayerSensitivity[] {
  const nodes = new Set(variants.map(({ node }) => node));
  const effects = variants.map(({ technique, bytes }, i) => ({
    technique,
    bytes,
    ...changed[i]!,
    lossIncrease: changed[i]!.loss - base.loss,
    accuracyChange: changed[i]!.accuracy - base.accuracy,
  }));
  return [...nodes].map((node) => ({
    name: node.name,
    op: node.op,
    weights: variants.find((one) => one.node === node)!.layer.codes.length,
    effects: effects.filter((_, i) => variants[i]!.node === node),
  }));
}

function suggested(
  choice: Choice,
  targetBytes: number,
  layers: LayerSensitivity[],
  measured: MeasuredPlan,
): NonNullable<Sensitivity['plan']> {
  const own = layers.map(
    ({ name, effects }) => effects.find(({ technique }) => technique === choice.get(name))!,
  );
  const expectedLossIncrease = sum(own, ({ lossIncrease }) => lossIncrease);
  return { targetBytes, ...measured, expectedLossIncrease, layers: Object.fromEntries(choice) };
}

const sum = <T>(list: T[], value: (one: T) => number) => list.reduce((all, one) => all + value(one), 0);

function optionsByLayer(variants: LayerVariant[]) {
  const names = [...new Set(variants.map(({ node }) => node.name))];
  return names.map((name) => ({ name, effects: variants.filter(({ node }) => node.name === name) }));
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

/** @throws OptimizerError for a loss that is no finite number */
function checkFinite({ loss }: Measured): void {
  if (Number.isFinite(loss)) return;
  throw new OptimizerError('the float model’s loss is no finite number', {
    code: 'NOT_FINITE',
    where: 'model',
    expected: 'a finite loss',
    received: `${loss}`,
    hint: 'check the weights, and whether the data are scaled as the model expects',
  });
}
