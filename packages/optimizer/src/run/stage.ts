import fs from 'node:fs';
import path from 'node:path';
import { atOnce, inTurns, type Parts, sha256Hex, writeFileAtomic } from '@weightfold/base';
import { objectiveOf, type StageSpec } from '../config.js';
import { LayerConstraints } from '../constraints/layer-constraints.js';
import { checkLayerPatterns } from '../constraints/layer-names.js';
import { exportInt8 } from '../export/export.js';
import { verifyExport } from '../export/verify-export.js';
import { type Graph, type WeightedNode, weightedNodes } from '../graph/graph.js';
import { activationPlan } from '../training/activation-plan.js';
import { stageAugment } from '../training/augment.js';
import { Teacher } from '../training/distillation.js';
import { EarlyStop } from '../training/early-stop.js';
import { accuracy, calibrate, reconstructionError } from '../training/evaluate.js';
import {
  dequantizeLayer,
  type FoldedLayer,
  foldLayer,
  quantizeLayer,
  type TrainedState,
} from '../training/fold.js';
import { makeGammasPositive } from '../training/gammas.js';
import { layerImportance } from '../training/importance.js';
import type { Ranges } from '../training/ranges.js';
import { Trainer, type TrainerOptions } from '../training/trainer.js';
import { ByteTarget } from './byte-target.js';
import { CollapseGuard, type GuardState } from './collapse-guard.js';
import { densities } from './densities.js';
import type { StageResult } from './events.js';
import { flooredText } from './floored.js';
import { batchOptions, Clock, type RunContext, type StageWork, stepsOf } from './stage-work.js';
import { type Checkpoint, checkpointFile, loadCheckpoint, type StageState } from './state.js';
import { trainStage } from './train-stage.js';

/** Where a stage starts: the values of the stage before it, and what its constraints knew. */
export interface StageStart extends Pick<StageState, 'values' | 'moments' | 'constraints'> {
  /** Layers of the float network at the root of the tree; null for that itself. */
  teacher: FoldedLayer[] | null;
}

/**
 * Trains one stage (from a checkpoint when there is one), exports it, and counts on the file what was promised.
 * @throws the signal's reason soon after it is aborted, with a checkpoint to go on from where a step was done
 */
export async function runStage(
  context: RunContext,
  spec: StageSpec,
  index: number,
  start: StageStart,
): Promise<StageState> {
  const checkpoint = loadCheckpoint(checkpointFile(context.outDir, spec.name), context.run);
  const work = beginStage(context, spec, start, checkpoint);
  const { seconds, cpuSeconds } = checkpoint ?? { seconds: 0, cpuSeconds: 0 };
  const clock = new Clock(seconds, cpuSeconds);
  const steered: Steered = { trainer: null };
  const trainer = checkpoint
    ? new Trainer(trainerOptions(work, steered), checkpoint.trainer)
    : await inTurns(startTrainer(work, start, steered), context.signal);
  steered.trainer = trainer;
  if (checkpoint) {
    context.emit({ type: 'resume', stage: spec.name, step: checkpoint.trainer.step, steps: work.steps });
  }
  try {
    const guard = guardOf(work, trainer, checkpoint?.guard ?? null);
    await trainStage(work, trainer, clock, new EarlyStop(spec.earlyStop, checkpoint?.earlyStop), guard);
    const asItWas = work.steps === 0 && spec.constraints.length === 0 && start.moments.size > 0;
    const moments = asItWas ? start.moments : await inTurns(trainer.finalMoments(), context.signal);
    const trained: TrainedState = { slots: context.slots, values: trainer.flat(), moments };
    const result = await inTurns(finishStage(work, trained, trainer, index, clock), context.signal);
    const constraints = new Map([...work.constraints].map(([node, layer]) => [node.name, layer.save()]));
    return { values: settled(work, trained), moments, constraints, result };
  } finally {
    trainer.dispose();
  }
}

/** @throws OptimizerError when a constraint of a stage names a layer that the network does not have */
export function checkLayerNames(specs: StageSpec[], graph: Graph): void {
  const names = weightedNodes(graph).map(({ name }) => name);
  for (const { name, constraints } of specs) {
    for (const one of constraints) {
      if ('layers' in one && one.layers) checkLayerPatterns(one.layers, names, `stage ${name}, ${one.type}`);
    }
  }
}

function beginStage(
  context: RunContext,
  spec: StageSpec,
  start: StageStart,
  checkpoint: Checkpoint | null,
): StageWork {
  const { config, graph } = context;
  const note = (message: string) => context.emit({ type: 'note', stage: spec.name, message });
  const { codeLengths } = context;
  const options = { perChannelDense: config.denseScales === 'channel', seed: config.seed, codeLengths };
  const constraints = new Map(
    weightedNodes(graph).map((node) => [node, LayerConstraints.of(node, spec.constraints, options, note)]),
  );
  for (const [node, layer] of constraints) layer.inherit(start.constraints.get(node.name) ?? []);
  return {
    context,
    spec,
    constraints,
    byteTarget: ByteTarget.of(
      spec.constraints,
      [...constraints.values()],
      checkpoint?.byteTarget ?? undefined,
    ),
    activations: activationPlan(graph, spec.constraints),
    steps: stepsOf(spec, context),
    teacher: start.teacher,
  };
}

/** The trainer that a byte target steers, once there is one. */
interface Steered {
  trainer: Trainer | null;
}

function trainerOptions(work: StageWork, steered: Steered): TrainerOptions {
  const { context, spec, constraints, activations, steps, teacher } = work;
  const { config, graph, dataset, slots } = context;
  return {
    graph,
    dataset,
    slots,
    constraints,
    teacher:
      teacher && spec.distillation
        ? new Teacher(graph, teacher, spec.distillation, objectiveOf(config.model))
        : null,
    activations,
    augment: stageAugment(spec.augment, context.augment, dataset.train.shape, spec.name),
    objective: objectiveOf(config.model),
    steer: work.byteTarget
      ? (progress, weightsOf) =>
          work.byteTarget!.steer(
            steered.trainer ? progress : 0,
            ({ node }) => weightsOf(node),
            () => packedNow(work, steered.trainer!),
          )
      : null,
    stage: spec.name,
    seed: config.seed,
    ...batchOptions(context, spec),
    steps,
    optimizer: spec.optimizer,
    learningRate: spec.learningRate,
    schedule: spec.schedule,
    warmup: spec.warmup,
    freezeBatchNorm: spec.freezeBatchNorm,
    momentBatches: config.momentBatches,
  };
}

/** A trainer at step 0. Gammas are made positive before anything is clustered; ranges are calibrated before QAT begins. */
function* startTrainer(work: StageWork, start: StageStart, steered: Steered): Parts<Trainer> {
  const { context, constraints, activations } = work;
  const values = start.values.slice();
  const moments = new Map(
    [...start.moments].map(([name, { mean, variance }]) => [name, { mean: mean.slice(), variance }]),
  );
  const clustered = [...constraints].filter(([, layer]) => layer.clustered).map(([node]) => node);
  makeGammasPositive(clustered, context.slots, values, moments);
  yield* weighLayers(work, values);
  const trainer = new Trainer(trainerOptions(work, steered), { values, ranges: new Map() });
  let started = false;
  try {
    if (activations) {
      const state = { slots: context.slots, values, moments };
      const layers = [...constraints.values()].map((layer) => foldLayer(state, layer));
      trainer.setRanges(yield* calibrateStage(context, layers));
    }
    started = true;
    return trainer;
  } finally {
    if (!started) trainer.dispose();
  }
}

/** Tells rates how much each of their layers matters, and where a larger λ would do nothing. */
function* weighLayers(
  { context, spec, constraints, byteTarget }: StageWork,
  values: Float32Array,
): Parts<void> {
  const layers = [...constraints.values()].filter(({ rate }) => rate);
  if (layers.length === 0) return;
  const { config, graph, dataset, slots } = context;
  const objective = objectiveOf(config.model);
  const { seed, batchSize } = config;
  const options = { graph, dataset, slots, objective, stage: spec.name, seed, batchSize };
  const importance = yield* layerImportance(options, values, layers);
  for (const { node, rate } of layers) rate!.setImportance(importance.get(node)!);
  const message = byteTarget ? null : flooredText(layers);
  if (message) context.emit({ type: 'note', stage: spec.name, message });
}

/** A stage with a rate is watched for collapses. */
function guardOf(
  { context, constraints }: StageWork,
  trainer: Trainer,
  state: GuardState | null,
): CollapseGuard | null {
  if (![...constraints.values()].some(({ rate }) => rate)) return null;
  return new CollapseGuard(1 / context.dataset.classes, trainer.save(), state ?? undefined);
}

function calibrateStage(
  { config, graph, dataset }: RunContext,
  layers: ReturnType<typeof foldLayer>[],
): Parts<Ranges> {
  return calibrate(graph, layers, dataset.train, { examples: config.calibrationExamples, seed: config.seed });
}

/** Batches from which statistics are estimated for a file that is only packed. */
const sizingBatches = 5;

/** Packed bytes of the network in training, with codes as they are. */
function packedNow(work: StageWork, trainer: Trainer): number {
  const { context } = work;
  const moments = atOnce(trainer.estimateMoments(sizingBatches, 'sizing'));
  const { bytes } = atOnce(
    exported(work, { slots: context.slots, values: trainer.flat(), moments }, trainer),
  );
  return context.packedBytes!(bytes);
}

/** A network as a file, with its float and int8 layers. */
function* exported(work: StageWork, trained: TrainedState, trainer: Trainer) {
  const { context, constraints, activations } = work;
  const float = [...constraints.values()].map((layer) => foldLayer(trained, layer));
  const int8 = [...constraints.values()].map((layer) => quantizeLayer(trained, layer));
  const ranges = activations ? trainer.currentRanges() : yield* calibrateStage(context, float);
  const perTensor = (node: WeightedNode) => constraints.get(node)!.shape.perTensor;
  return { float, int8, ranges, bytes: exportInt8(context.graph, int8, ranges, { perTensor }) };
}

/** Exports a trained stage, verifies the file and measures the float network. */
function* finishStage(
  work: StageWork,
  trained: TrainedState,
  trainer: Trainer,
  index: number,
  clock: Clock,
): Parts<StageResult> {
  const { context, spec, constraints, activations } = work;
  const { outDir } = context;
  const { float, int8, ranges, bytes } = yield* exported(work, trained, trainer);
  const counted = verifyExport(bytes, constraints);
  if (work.byteTarget) {
    const message = work.byteTarget.describe(context.packedBytes!(bytes));
    context.emit({ type: 'note', stage: spec.name, message });
  }
  const tflite = stageFile(index, spec.name);
  writeFileAtomic(path.join(outDir, tflite), bytes);
  const simulated = activations ? int8.map(dequantizeLayer) : float;
  return {
    name: spec.name,
    kind: activations ? 'qat' : 'ptq',
    ...(yield* scores(context, simulated, activations ? ranges : null)),
    tflite,
    bytes: bytes.length,
    sha256: sha256Hex(bytes),
    ...counted,
    clusteredLayers: [...constraints].filter(([, layer]) => layer.clustered).map(([node]) => node.name),
    ...clock.read(),
    steps: trainer.step,
    densities: densities(float, int8),
  };
}

/** Where a stage's file is, relative to the run folder. */
export const stageFile = (index: number, name: string): string =>
  path.join(`${String(index + 1).padStart(2, '0')}-${name}`, 'model.tflite');

/** What a network is worth on the test set (and on validation examples, where there are some), by what it is for. */
function* scores(
  { config, graph, dataset }: RunContext,
  layers: FoldedLayer[],
  ranges: Ranges | null,
): Parts<Pick<StageResult, 'accuracyFloat' | 'mseFloat' | 'accuracyValidation'>> {
  const { test, validation } = dataset;
  if (objectiveOf(config.model) === 'reconstruction') {
    const mseFloat = yield* reconstructionError(graph, layers, test, ranges);
    return { accuracyFloat: null, mseFloat, accuracyValidation: null };
  }
  return {
    accuracyFloat: yield* accuracy(graph, layers, test, ranges),
    mseFloat: null,
    accuracyValidation: validation ? yield* accuracy(graph, layers, validation, ranges) : null,
  };
}

/** The values that the next stage starts from: weights held to what comes before the int8 grid (zeros stay zero). */
function settled(work: StageWork, trained: TrainedState): Float32Array {
  const values = trained.values.slice();
  for (const slot of trained.slots) {
    if (slot.kind !== 'weights') continue;
    const weights = values.subarray(slot.offset, slot.offset + slot.size);
    weights.set(work.constraints.get(slot.node)!.settle(weights));
  }
  return values;
}

/** Removes a stage's checkpoint once its final state is safe. */
export function removeCheckpoint(outDir: string, stage: string): void {
  fs.rmSync(checkpointFile(outDir, stage), { force: true });
}
