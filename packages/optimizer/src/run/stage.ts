import fs from 'node:fs';
import path from 'node:path';
import { sha256Hex, writeFileAtomic } from '@weightfold/base';
import type { Dataset } from '@weightfold/datasets';
import { objectiveOf, type RunConfig, type StageSpec } from '../config.js';
import { LayerConstraints } from '../constraints/layer-constraints.js';
import { checkLayerPatterns } from '../constraints/layer-names.js';
import { OptimizerError } from '../errors.js';
import { exportInt8 } from '../export/export.js';
import { verifyExport } from '../export/verify-export.js';
import { type Graph, type WeightedNode, weightedNodes } from '../graph/graph.js';
import { type ActivationPlan, activationPlan } from '../training/activation-plan.js';
import { type Augment, stageAugment } from '../training/augment.js';
import { epochOf } from '../training/batches.js';
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
import type { ParameterSlot } from '../training/parameters.js';
import type { Ranges } from '../training/ranges.js';
import { makeGammasPositive, type StepFigures, Trainer, type TrainerOptions } from '../training/trainer.js';
import { densities } from './densities.js';
import type { ProgressEvent, StageResult } from './events.js';
import { checkpointFile, loadCheckpoint, type StageState, saveCheckpoint } from './state.js';

/** What all stages of a run share. */
export interface RunContext {
  config: RunConfig;
  dataset: Dataset;
  graph: Graph;
  slots: ParameterSlot[];
  outDir: string;
  /** Fingerprint of the run. */
  run: string;
  stages: StageSpec[];
  emit: (event: ProgressEvent) => void;
  signal: AbortSignal | undefined;
  /** The caller's changes of training batches. */
  augment: Augment | undefined;
}

/** Where a stage starts: the values of the stage before it, and what its constraints knew. */
export interface StageStart extends Pick<StageState, 'values' | 'moments' | 'constraints'> {
  /** Layers of the float network at the root of the tree; null for that itself. */
  teacher: FoldedLayer[] | null;
}

/** A stage being worked on. */
interface StageWork {
  context: RunContext;
  spec: StageSpec;
  constraints: Map<WeightedNode, LayerConstraints>;
  /** Which activations are simulated as int8 in training; null: none, which makes post-training quantization of the export. */
  activations: ActivationPlan | null;
  steps: number;
  /** Layers of the float network that this one comes from; null in the first stage. */
  teacher: FoldedLayer[] | null;
}

/** Trains one stage (from a checkpoint when there is one), exports it, and counts on the file what was promised. */
export async function runStage(
  context: RunContext,
  spec: StageSpec,
  index: number,
  start: StageStart,
): Promise<StageState> {
  const work = beginStage(context, spec, start);
  const checkpoint = loadCheckpoint(checkpointFile(context.outDir, spec.name), context.run);
  const clock = new Clock(checkpoint?.seconds ?? 0, checkpoint?.cpuSeconds ?? 0);
  const trainer = checkpoint
    ? new Trainer(trainerOptions(work), checkpoint.trainer)
    : startTrainer(work, start);
  if (checkpoint) {
    context.emit({ type: 'resume', stage: spec.name, step: checkpoint.trainer.step, steps: work.steps });
  }
  try {
    await trainStage(work, trainer, clock, new EarlyStop(spec.earlyStop, checkpoint?.earlyStop));
    const asItWas = work.steps === 0 && spec.constraints.length === 0 && start.moments.size > 0;
    const moments = asItWas ? start.moments : trainer.estimateMoments(context.config.momentBatches);
    const trained: TrainedState = { slots: context.slots, values: trainer.flat(), moments };
    const result = finishStage(work, trained, trainer, index, clock);
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

function beginStage(context: RunContext, spec: StageSpec, start: StageStart): StageWork {
  const { config, graph } = context;
  const note = (message: string) => context.emit({ type: 'note', stage: spec.name, message });
  const options = { perChannelDense: config.denseScales === 'channel', seed: config.seed };
  const constraints = new Map(
    weightedNodes(graph).map((node) => [node, LayerConstraints.of(node, spec.constraints, options, note)]),
  );
  for (const [node, layer] of constraints) layer.inherit(start.constraints.get(node.name) ?? []);
  return {
    context,
    spec,
    constraints,
    activations: activationPlan(graph, spec.constraints),
    steps: stepsOf(spec, context),
    teacher: start.teacher,
  };
}

/** Training steps of a stage that is not ended early. */
function stepsOf(spec: StageSpec, context: RunContext): number {
  return spec.epochs * epochOf(context.dataset.train.count, batchOptions(context, spec)).steps;
}

function trainerOptions({
  context,
  spec,
  constraints,
  activations,
  steps,
  teacher,
}: StageWork): TrainerOptions {
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

function batchOptions({ config, dataset }: RunContext, { examples, earlyStop }: StageSpec) {
  return {
    batchSize: config.batchSize,
    examplesPerEpoch: examples ?? dataset.train.count,
    heldOut: earlyStop?.heldOut ?? 0,
  };
}

/** A trainer at step 0. Gammas are made positive before anything is clustered; ranges are calibrated before QAT begins. */
function startTrainer(work: StageWork, start: StageStart): Trainer {
  const { context, constraints, activations } = work;
  const values = start.values.slice();
  const moments = new Map(
    [...start.moments].map(([name, { mean, variance }]) => [name, { mean: mean.slice(), variance }]),
  );
  const clustered = [...constraints].filter(([, layer]) => layer.clustered).map(([node]) => node);
  makeGammasPositive(clustered, context.slots, values, moments);
  const trainer = new Trainer(trainerOptions(work), { values, ranges: new Map() });
  if (activations) {
    const state = { slots: context.slots, values, moments };
    const layers = [...constraints.values()].map((layer) => foldLayer(state, layer));
    trainer.setRanges(calibrateStage(context, layers));
  }
  return trainer;
}

function calibrateStage(
  { config, graph, dataset }: RunContext,
  layers: ReturnType<typeof foldLayer>[],
): Ranges {
  return calibrate(graph, layers, dataset.train, { examples: config.calibrationExamples, seed: config.seed });
}

async function trainStage(
  work: StageWork,
  trainer: Trainer,
  clock: Clock,
  earlyStop: EarlyStop,
): Promise<void> {
  const { context, spec, steps } = work;
  const file = checkpointFile(context.outDir, spec.name);
  const save = () =>
    saveCheckpoint(
      file,
      { trainer: trainer.save(), earlyStop: earlyStop.save(), ...clock.read() },
      context.run,
    );
  const figures = new Figures();
  const report = progressOf(work, trainer);
  while (trainer.step < steps) {
    if (context.signal?.aborted) {
      save();
      throw context.signal.reason;
    }
    figures.add(trainer.trainStep());
    if (!Number.isFinite(figures.loss)) throw diverged(spec, trainer.step);
    if (trainer.step % 10 === 0 || trainer.step === steps) report(figures);
    if (endsEarly(work, trainer, earlyStop)) break;
    if (trainer.step % context.config.checkpointSteps === 0) save();
    await new Promise((resolve) => setImmediate(resolve)); // lets signals and progress through
  }
  trainer.finish();
}

/** Loss and accuracy of training, smoothed over about 20 steps; the accuracy is null for a network without classes. */
class Figures implements StepFigures {
  loss = 0;
  accuracy: number | null = null;
  private steps = 0;

  add({ loss, accuracy }: StepFigures): void {
    const old = this.steps++ === 0 ? 0 : 0.95;
    this.loss = old * this.loss + (1 - old) * loss;
    if (accuracy !== null) this.accuracy = old * (this.accuracy ?? 0) + (1 - old) * accuracy;
  }
}

/** Tells the progress of a stage, with the time that it still needs at the speed since it was begun or taken up. */
function progressOf({ context, spec, steps }: StageWork, trainer: Trainer): (figures: Figures) => void {
  const { stages } = context;
  const later = stages.slice(stages.findIndex(({ name }) => name === spec.name) + 1);
  const stepsLater = later.reduce((sum, stage) => sum + stepsOf(stage, context), 0);
  const firstStep = trainer.step;
  const began = performance.now();
  return ({ loss, accuracy }) => {
    const perStep = (performance.now() - began) / (trainer.step - firstStep) / 1000;
    const zeroFraction = trainer.sparsity();
    context.emit({
      type: 'step',
      stage: spec.name,
      step: trainer.step,
      steps,
      epoch: Math.ceil((trainer.step * spec.epochs) / steps),
      loss,
      ...(accuracy === null ? {} : { accuracy: 100 * accuracy }),
      ...(zeroFraction === null ? {} : { zeroFraction }),
      etaSeconds: perStep * (steps - trainer.step),
      ...(stepsLater > 0 ? { runEtaSeconds: perStep * (steps - trainer.step + stepsLater) } : {}),
    });
  };
}

/** Whether the loss on held-out examples has stopped falling, looked at after each epoch. Ramps of sparsity come to their end first. */
function endsEarly({ context, spec, steps }: StageWork, trainer: Trainer, earlyStop: EarlyStop): boolean {
  if (!spec.earlyStop || trainer.step % trainer.stepsPerEpoch !== 0) return false;
  const ramps = spec.constraints.map((one) =>
    one.type === 'sparsity' ? Math.max(one.rampStart, one.rampEnd) : 0,
  );
  if (trainer.step < Math.max(0, ...ramps) * steps) return false;
  const loss = trainer.heldOutLoss();
  if (!earlyStop.record(loss)) return false;
  const epochs = trainer.step / trainer.stepsPerEpoch;
  const message = `ends after ${epochs} of ${spec.epochs} epochs: the loss on held-out examples (now ${loss.toFixed(4)}) does not fall any more`;
  context.emit({ type: 'note', stage: spec.name, message });
  return true;
}

function diverged({ name, learningRate }: StageSpec, step: number): OptimizerError {
  return new OptimizerError(`stage ${name}: the loss is no longer a finite number at step ${step}`, {
    code: 'DIVERGED',
    where: `${name}, step ${step}`,
    expected: 'a finite loss',
    received: 'NaN or infinity',
    hint: `lower its learning rate (${learningRate})`,
  });
}

/** Exports a trained stage, verifies the file and measures the float network. */
function finishStage(
  work: StageWork,
  trained: TrainedState,
  trainer: Trainer,
  index: number,
  clock: Clock,
): StageResult {
  const { context, spec, constraints, activations } = work;
  const { graph, outDir } = context;
  const float = [...constraints.values()].map((layer) => foldLayer(trained, layer));
  const int8 = [...constraints.values()].map((layer) => quantizeLayer(trained, layer));
  const ranges = activations ? trainer.currentRanges() : calibrateStage(context, float);
  const perTensor = (node: WeightedNode) => constraints.get(node)!.shape.perTensor;
  const bytes = exportInt8(graph, int8, ranges, { perTensor });
  const counted = verifyExport(bytes, constraints);
  const tflite = path.join(`${String(index + 1).padStart(2, '0')}-${spec.name}`, 'model.tflite');
  writeFileAtomic(path.join(outDir, tflite), bytes);
  const simulated = activations ? int8.map(dequantizeLayer) : float;
  return {
    name: spec.name,
    kind: activations ? 'qat' : 'ptq',
    ...scores(context, simulated, activations ? ranges : null),
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

/** What a network is worth on the test set, by what it is for. */
function scores(
  { config, graph, dataset }: RunContext,
  layers: FoldedLayer[],
  ranges: Ranges | null,
): Pick<StageResult, 'accuracyFloat' | 'mseFloat'> {
  return objectiveOf(config.model) === 'reconstruction'
    ? { accuracyFloat: null, mseFloat: reconstructionError(graph, layers, dataset.test, ranges) }
    : { accuracyFloat: accuracy(graph, layers, dataset.test, ranges), mseFloat: null };
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

/** Wall and CPU seconds of a stage over all the processes that worked on it. */
class Clock {
  private readonly began = performance.now();
  private readonly cpu = process.cpuUsage();

  constructor(
    private readonly seconds: number,
    private readonly cpuSeconds: number,
  ) {}

  read(): { seconds: number; cpuSeconds: number } {
    const { user, system } = process.cpuUsage(this.cpu);
    return {
      seconds: this.seconds + (performance.now() - this.began) / 1000,
      cpuSeconds: this.cpuSeconds + (user + system) / 1e6,
    };
  }
}

/** Removes a stage's checkpoint once its final state is safe. */
export function removeCheckpoint(outDir: string, stage: string): void {
  fs.rmSync(checkpointFile(outDir, stage), { force: true });
}
