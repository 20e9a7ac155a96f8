import { startTimer, timeOrNull } from '@weightfold/base';
import type { Dataset } from '@weightfold/datasets';
import type { RunConfig, StageSpec } from '../config.js';
import type { LayerConstraints } from '../constraints/layer-constraints.js';
import type { CodeLengths } from '../constraints/rate/code-lengths.js';
import type { Graph, WeightedNode } from '../graph/graph.js';
import type { ActivationPlan } from '../training/activation-plan.js';
import type { Augment } from '../training/augment.js';
import { epochOf } from '../training/batches.js';
import type { FoldedLayer } from '../training/fold.js';
import type { ParameterSlot } from '../training/parameters.js';
import type { ByteTarget, PackedBytes } from './byte-target.js';
import type { ProgressEvent } from './events.js';

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
  /** Packs a model, for stages that are to have a number of bytes. */
  packedBytes: PackedBytes | undefined;
  /** Bits of codes, for rates. */
  codeLengths: CodeLengths | undefined;
}

/** A stage being worked on. */
export interface StageWork {
  context: RunContext;
  spec: StageSpec;
  constraints: Map<WeightedNode, LayerConstraints>;
  /** Which activations are simulated as int8 in training; null: none, which makes post-training quantization of the export. */
  activations: ActivationPlan | null;
  steps: number;
  /** Layers of the float network that this one comes from; null in the first stage. */
  teacher: FoldedLayer[] | null;
  /** Finds λ for a number of bytes; null: λ is given. */
  byteTarget: ByteTarget | null;
}

/** Training steps of a stage that is not ended early. */
export function stepsOf(spec: StageSpec, context: RunContext): number {
  return spec.epochs * epochOf(context.dataset.train.count, batchOptions(context, spec)).steps;
}

export function batchOptions({ config, dataset }: RunContext, { examples, earlyStop }: StageSpec) {
  return {
    batchSize: config.batchSize,
    examplesPerEpoch: examples ?? dataset.train.count,
    heldOut: earlyStop?.heldOut ?? 0,
  };
}

/** Wall and CPU seconds of a stage over all the processes that worked on it; null where one of them was on an emulator. */
export class Clock {
  private readonly milliseconds = startTimer();
  private readonly cpu = process.cpuUsage();

  constructor(
    private readonly seconds: number | null,
    private readonly cpuSeconds: number | null,
  ) {}

  read(): { seconds: number | null; cpuSeconds: number | null } {
    const { user, system } = process.cpuUsage(this.cpu);
    return {
      seconds: later(this.seconds, this.milliseconds(), 1e-3),
      cpuSeconds: later(this.cpuSeconds, timeOrNull(user + system), 1e-6),
    };
  }
}

/** Seconds before and a time since, of which so many seconds are one. */
const later = (before: number | null, since: number | null, unit: number) =>
  before === null || since === null ? null : before + since * unit;
