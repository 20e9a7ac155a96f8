import fs from 'node:fs';
import path from 'node:path';
import { sha256Hex, UsageError } from '@weightfold/base';
import type { Dataset } from '@weightfold/datasets';
import { objectiveOf, parseConfig, type RunConfig, type RunConfigInput, type StageSpec } from './config.js';
import type { CodeLengths } from './constraints/rate/code-lengths.js';
import { OptimizerError } from './errors.js';
import type { NetworkFactory } from './graph/builder.js';
import { resolveStages } from './recipes.js';
import type { PackedBytes } from './run/byte-target.js';
import { checkDataset } from './run/check-dataset.js';
import { checkTargets } from './run/check-targets.js';
import type { ProgressEvent, StageResult } from './run/events.js';
import { RunFolder } from './run/folder.js';
import { loadNetwork, type Network } from './run/network.js';
import { smallestWithin } from './run/smallest-within.js';
import { checkLayerNames, removeCheckpoint, runStage } from './run/stage.js';
import type { RunContext } from './run/stage-work.js';
import { loadStage, type StageState, saveStage, stateFile } from './run/state.js';
import { withValidation } from './run/validation.js';
import type { Augment } from './training/augment.js';
import type { FoldedLayer } from './training/fold.js';
import { floatLayers } from './training/predict.js';

export interface OptimizeOptions {
  /** What is left out has its default (docs/cli.md, Configuration of optimize). */
  config: RunConfigInput;
  /** What is trained and tested on, in place of what the configuration names. */
  dataset: Dataset;
  /** Builds a network of one's own, in place of the configuration's model. */
  network?: NetworkFactory;
  /** Run folder. A run that was stopped in it goes on where it was. */
  outDir: string;
  /** Start over, also when the folder holds a run. */
  fresh?: boolean;
  /** Called with each finished stage and its exported bytes, also on resume. */
  evaluate?: (stage: StageResult, tflite: Uint8Array) => Promise<void>;
  onEvent?: (event: ProgressEvent) => void;
  /**
   * Changes each batch of training examples in place, after what the configuration's `augment` does. The run folder knows that there
   * is one, but not what it does: go on with a stopped run with the same function.
   */
  augment?: Augment;
  /** Packed bytes of a .tflite: what `targetBytes` of a rate and `maxDrop` of a stage count by. Go on with a stopped run with the same function. */
  packedBytes?: PackedBytes;
  /**
   * Bits of the codes −m … m of a layer in which they occur so often, as a coder's model has them: what a rate goes by, in place of the
   * entropy. Go on with a stopped run with the same function.
   */
  codeLengths?: CodeLengths;
  /** Stops soon after the current step, with the state saved; what `evaluate` does is stopped by itself. */
  signal?: AbortSignal;
}

/**
 * Trains the stages of a configuration one after the other, exports each as a fully int8 .tflite and counts on the file
 * what the stage promises. The same configuration gives the same files, also when the run was killed and taken up again.
 *
 * @returns the stages in order
 * @throws UsageError for a wrong configuration, a network that does not fit the data set or the bytes that it is to pack to, a folder with
 * another run or that another process works in; OptimizerError when a promise is broken; the signal's reason when stopped
 */
export async function optimize(options: OptimizeOptions): Promise<StageResult[]> {
  const { dataset, outDir, fresh = false, augment } = options;
  const config = configOf(options);
  checkDataset(dataset);
  checkDrops(resolveStages(config), config);
  const own = options.network?.({ shape: dataset.train.shape, classes: dataset.classes }) ?? null;
  const network = await loadNetwork(config, dataset, own);
  checkLayerNames(resolveStages(config), network.graph);
  await checkTargets(resolveStages(config), config, network, options.packedBytes);
  const augmented = augment !== undefined;
  const note = (message: string) => options.onEvent?.({ type: 'note', message });
  const folder = await RunFolder.open(outDir, config, dataset, network, { fresh, augmented, note });
  try {
    return await runStages(options, config, folder, network);
  } finally {
    folder.close();
  }
}

async function runStages(
  options: OptimizeOptions,
  config: RunConfig,
  folder: RunFolder,
  network: Network,
): Promise<StageResult[]> {
  const { outDir } = options;
  const emit = (event: ProgressEvent) => {
    folder.log(event);
    options.onEvent?.(event);
  };
  const { graph, slots } = network;
  const run = folder.fingerprint;
  const { signal, augment, packedBytes, codeLengths } = options;
  const stages = resolveStages(config);
  const measured = stages.some(({ maxDrop }) => maxDrop !== null);
  const dataset = withValidation(options.dataset, config, measured);
  const hooks = { emit, signal, augment, packedBytes, codeLengths };
  const context: RunContext = { config, dataset, graph, slots, outDir, run, stages, ...hooks };
  const done = new Map<string, StageState>();
  for (const [index, spec] of stages.entries()) {
    signal?.throwIfAborted();
    const state =
      loadStage(stateFile(outDir, spec.name), run) ?? (await freshStage(context, network, spec, index, done));
    done.set(spec.name, state);
    const bytes = readExport(outDir, state.result);
    await options.evaluate?.(state.result, bytes);
  }
  return [...done.values()].map((state) => state.result);
}

/** The configuration with its defaults; its model is `own` when the program builds the network. */
function configOf({ config, network }: OptimizeOptions): RunConfig {
  if (!network) return parseConfig(config);
  const { model = { name: 'own' } } = config;
  if (model.name === 'own') return parseConfig({ ...config, model });
  throw new UsageError(`expected a network or a model but received both (${model.name})`, {
    where: 'model',
    expected: 'a configuration without a model beside a network of one’s own',
    received: model.name,
  });
}

/** @throws UsageError when a stage may lose so much accuracy, and there is none */
function checkDrops(stages: StageSpec[], { model }: RunConfig): void {
  const dropping = stages.find(({ maxDrop }) => maxDrop !== null);
  if (!dropping || objectiveOf(model) === 'classification') return;
  throw new UsageError(
    `stage ${dropping.name}, maxDrop: expected a network with classes but received one that reconstructs its input`,
    { where: 'maxDrop', expected: 'a network with classes', received: model.name },
  );
}

/** The float network that a stage comes from, however far. */
function rootOf({ from }: StageSpec, { stages }: RunContext, done: Map<string, StageState>): StageState {
  const parents = new Map(stages.map((stage) => [stage.name, stage.from]));
  let root = from!;
  for (let next = parents.get(root); next; next = parents.get(root)) root = next;
  return done.get(root)!;
}

/** Its layers, as a teacher. */
function teacherOf(spec: StageSpec, context: RunContext, done: Map<string, StageState>): FoldedLayer[] {
  const { values, moments } = rootOf(spec, context, done);
  return floatLayers(context.graph, { slots: context.slots, values, moments });
}

/** @throws OptimizerError when the file of a finished stage is not as it was written */
function readExport(outDir: string, { tflite, sha256 }: StageResult): Uint8Array {
  const file = path.join(outDir, tflite);
  const bytes = fs.existsSync(file) ? new Uint8Array(fs.readFileSync(file)) : null;
  if (bytes && sha256Hex(bytes) === sha256) return bytes;
  throw new OptimizerError(`${file}: ${bytes ? 'changed' : 'removed'} since its stage was finished`, {
    code: 'EXPORT_CHANGED',
    where: file,
    expected: `sha256 ${sha256}`,
    received: bytes ? `sha256 ${sha256Hex(bytes)}` : 'no file',
    hint: 'put the file back, or start over with --fresh',
  });
}

async function freshStage(
  context: RunContext,
  network: Network,
  spec: StageSpec,
  index: number,
  done: Map<string, StageState>,
): Promise<StageState> {
  const { stages } = context;
  context.emit({ type: 'stage-start', stage: spec.name, stageNumber: index + 1, stages: stages.length });
  const start =
    spec.from === null
      ? { ...(await network.start()), teacher: null }
      : { ...done.get(spec.from)!, teacher: spec.distillation ? teacherOf(spec, context, done) : null };
  const float = spec.maxDrop === null ? null : rootOf(spec, context, done).result.accuracyValidation!;
  const taken = spec.from === null && network.trained && spec.constraints.length === 0;
  const state =
    float === null
      ? await runStage(context, taken ? { ...spec, epochs: 0 } : spec, index, start)
      : await smallestWithin(context, spec, index, start, float);
  saveStage(stateFile(context.outDir, spec.name), state, context.run);
  removeCheckpoint(context.outDir, spec.name);
  const { accuracyFloat, mseFloat, zeroFraction } = state.result;
  const score = accuracyFloat === null ? { mse: mseFloat! } : { accuracy: accuracyFloat };
  context.emit({ type: 'stage-end', stage: spec.name, ...score, zeroFraction });
  return state;
}
