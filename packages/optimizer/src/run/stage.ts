import fs from 'node:fs';
import path from 'node:path';
import { sha256Hex, writeFileAtomic } from '@weightfold/base';
import type { Dataset } from '@weightfold/datasets';
import type { RunConfig, StageSpec } from '../config.js';
import { LayerConstraints } from '../constraints/layer-constraints.js';
import { checkLayerPatterns } from '../constraints/layer-names.js';
import { OptimizerError } from '../errors.js';
import { exportInt8 } from '../export/export.js';
import { verifyExport } from '../export/verify-export.js';
import { type Graph, type WeightedNode, weightedNodes } from '../graph/graph.js';
import { Teacher } from '../training/distillation.js';
import { accuracy, calibrate } from '../training/evaluate.js';
import {
  dequantizeLayer,
  type FoldedLayer,
  foldLayer,
  quantizeLayer,
  type TrainedState,
} from '../training/fold.js';
import type { ParameterSlot } from '../training/parameters.js';
import type { Ranges } from '../training/ranges.js';
import { makeGammasPositive, Trainer } from '../training/trainer.js';
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
  emit: (event: ProgressEvent) => void;
  signal: AbortSignal | undefined;
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
  quantize: boolean;
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
    await trainStage(work, trainer, clock);
    const moments =
      work.steps > 0 || start.moments.size === 0
        ? trainer.estimateMoments(context.config.momentBatches)
        : start.moments;
    const trained: TrainedState = { slots: context.slots, values: trainer.flat().slice(), moments };
    const result = finishStage(work, trained, trainer.currentRanges(), index, clock);
    const constraints = new Map([...work.constraints].map(([node, layer]) => [node.name, layer.save()]));
    return { values: settled(work, trained), moments, constraints, result };
  } finally {
    trainer.dispose();
  }
}

function beginStage(context: RunContext, spec: StageSpec, start: StageStart): StageWork {
  const { config, graph, dataset } = context;
  const note = (message: string) => context.emit({ type: 'note', stage: spec.name, message });
  const options = { perChannelDense: config.denseScales === 'channel', seed: config.seed };
  const constraints = new Map(
    weightedNodes(graph).map((node) => [node, LayerConstraints.of(node, spec.constraints, options, note)]),
  );
  const names = [...constraints.keys()].map(({ name }) => name);
  for (const one of spec.constraints) {
    if ('layers' in one && one.layers)
      checkLayerPatterns(one.layers, names, `stage ${spec.name}, ${one.type}`);
  }
  for (const [node, layer] of constraints) layer.inherit(start.constraints.get(node.name) ?? []);
  const examples = spec.examples ?? dataset.train.count;
  const steps = spec.epochs * Math.max(1, Math.floor(examples / config.batchSize));
  return {
    context,
    spec,
    constraints,
    quantize: spec.constraints.some(({ type }) => type === 'quantize'),
    steps,
    teacher: start.teacher,
  };
}

function trainerOptions({ context, spec, constraints, quantize, steps, teacher }: StageWork) {
  const { config, graph, dataset, slots } = context;
  return {
    graph,
    dataset,
    slots,
    constraints,
    globalSparsity: globalTarget(spec),
    teacher: teacher && spec.distillation ? new Teacher(graph, teacher, spec.distillation) : null,
    quantize,
    stage: spec.name,
    seed: config.seed,
    batchSize: config.batchSize,
    examplesPerEpoch: spec.examples ?? dataset.train.count,
    steps,
    learningRate: spec.learningRate,
    schedule: spec.schedule,
  };
}

/** The part of all layers' weights that is zero at the end, where a stage asks for it. */
function globalTarget({ constraints }: StageSpec): number | null {
  const found = constraints.find((one) => one.type === 'sparsity' && one.scope === 'global');
  return found?.type === 'sparsity' ? found.target : null;
}

/** A trainer at step 0. Gammas are made positive before anything is clustered; ranges are calibrated before QAT begins. */
function startTrainer(work: StageWork, start: StageStart): Trainer {
  const { context, constraints, quantize } = work;
  const values = start.values.slice();
  const moments = new Map(
    [...start.moments].map(([name, { mean, variance }]) => [name, { mean: mean.slice(), variance }]),
  );
  const clustered = [...constraints].filter(([, layer]) => layer.clustered).map(([node]) => node);
  makeGammasPositive(clustered, context.slots, values, moments);
  const trainer = new Trainer(trainerOptions(work), { values, ranges: new Map() });
  if (quantize) {
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

async function trainStage(work: StageWork, trainer: Trainer, clock: Clock): Promise<void> {
  const { context, spec, steps } = work;
  const file = checkpointFile(context.outDir, spec.name);
  const save = () => saveCheckpoint(file, { trainer: trainer.save(), ...clock.read() }, context.run);
  const firstStep = trainer.step;
  const began = performance.now();
  let smooth: number | undefined;
  while (trainer.step < steps) {
    if (context.signal?.aborted) {
      save();
      throw context.signal.reason;
    }
    const loss = trainer.trainStep();
    if (!Number.isFinite(loss)) throw diverged(spec, trainer.step);
    smooth = smooth === undefined ? loss : 0.95 * smooth + 0.05 * loss;
    const perStep = (performance.now() - began) / (trainer.step - firstStep) / 1000;
    if (trainer.step % 10 === 0 || trainer.step === steps) {
      context.emit({
        type: 'step',
        stage: spec.name,
        step: trainer.step,
        steps,
        epoch: Math.ceil((trainer.step * spec.epochs) / steps),
        loss: smooth,
        etaSeconds: perStep * (steps - trainer.step),
      });
    }
    if (trainer.step % context.config.checkpointSteps === 0) save();
    await new Promise((resolve) => setImmediate(resolve)); // lets signals and progress through
  }
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
  qatRanges: Ranges,
  index: number,
  clock: Clock,
): StageResult {
  const { context, spec, constraints, quantize, steps } = work;
  const { graph, dataset, outDir } = context;
  const float = [...constraints.values()].map((layer) => foldLayer(trained, layer));
  const int8 = [...constraints.values()].map((layer) => quantizeLayer(trained, layer));
  const ranges = quantize ? qatRanges : calibrateStage(context, float);
  const perTensor = (node: WeightedNode) => constraints.get(node)!.shape.perTensor;
  const bytes = exportInt8(graph, int8, ranges, { perTensor });
  const counted = verifyExport(bytes, constraints);
  const tflite = path.join(`${String(index + 1).padStart(2, '0')}-${spec.name}`, 'model.tflite');
  writeFileAtomic(path.join(outDir, tflite), bytes);
  const simulated = quantize ? int8.map(dequantizeLayer) : float;
  return {
    name: spec.name,
    kind: quantize ? 'qat' : 'ptq',
    accuracyFloat: accuracy(graph, simulated, dataset.test, quantize ? ranges : null),
    tflite,
    bytes: bytes.length,
    sha256: sha256Hex(bytes),
    ...counted,
    clusteredLayers: [...constraints].filter(([, layer]) => layer.clustered).map(([node]) => node.name),
    ...clock.read(),
    steps,
    densities: densities(float, int8),
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
