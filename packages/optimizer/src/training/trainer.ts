import { atOnce, type Parts } from '@weightfold/base';
import type { Dataset } from '@weightfold/datasets';
import type { Objective } from '../config.js';
import type { TrainedValues } from '../constraints/constraint.js';
import type { LayerConstraints } from '../constraints/layer-constraints.js';
import { globalCounts } from '../constraints/masks.js';
import type { Graph, WeightedNode } from '../graph/graph.js';
import { fakeQuantize } from '../ops.js';
import { type Tensor, tf } from '../tf.js';
import type { ActivationPlan } from './activation-plan.js';
import type { Augment } from './augment.js';
import { Batches } from './batches.js';
import { type Descent, type DescentOptions, type DescentState, descend } from './descent.js';
import type { Teacher } from './distillation.js';
import { dropoutMask } from './dropout.js';
import type { Moments } from './fold.js';
import { lowestValues } from './gammas.js';
import { LearnedRanges } from './learned-ranges.js';
import { type LearningRate, learningRateAt } from './learning-rate.js';
import { MomentEstimates } from './moment-estimates.js';
import { type TrainingPass, trainingForward } from './network.js';
import { partRight, taskLoss } from './objective.js';
import { findSlot, joined, type ParameterKind, type ParameterSlot, slotValues } from './parameters.js';
import { including0, type Ranges, widen } from './ranges.js';
import { TrainedVariables } from './trained-variables.js';

export interface TrainerOptions extends LearningRate {
  graph: Graph;
  dataset: Dataset;
  slots: ParameterSlot[];
  constraints: Map<WeightedNode, LayerConstraints>;
  /** Gives soft targets; null: labels alone. The trainer disposes it. */
  teacher: Teacher | null;
  /** Changes each batch before a step sees it; null: examples as they are. Statistics are taken of examples as they are. */
  augment: Augment | null;
  objective: Objective;
  /** Which activations are simulated as int8; null: none. */
  activations: ActivationPlan | null;
  optimizer: DescentOptions;
  /** Part of the stage after which batch normalization goes by statistics estimated then; null: by the batch to the end. */
  freezeBatchNorm: number | null;
  /** Batches from which those statistics are estimated. */
  momentBatches: number;
  /** Told before constraints look at the weights; null: nothing to steer. */
  steer: ((progress: number, weightsOf: (node: WeightedNode) => Float32Array) => void) | null;
  stage: string;
  seed: number;
  batchSize: number;
  /** Examples of each epoch (a new random choice in each), and steps in all. */
  examplesPerEpoch: number;
  steps: number;
  /** Part of the training examples that is kept out of training. */
  heldOut: number;
}

/** Everything that the next step depends on. Restoring it gives the same next step, bit for bit. */
export interface TrainerState {
  step: number;
  /** Parameters of the network, then what the stage trains beside them. */
  values: Float32Array;
  descent: DescentState;
  ranges: Ranges;
  /** Statistics that batch normalization is frozen to; empty while it is not. */
  frozenMoments: Map<string, Moments>;
  constraints: Map<string, ReturnType<LayerConstraints['save']>>;
}

/** What a step saw of its batch. */
export interface StepFigures {
  loss: number;
  /** Part of the batch whose label has the largest logit; null for a network without classes. */
  accuracy: number | null;
}

/** Mask and codebook follow the weights every so many steps. */
const constraintInterval = 10;
/** Activation ranges follow the batches every so many steps, by a moving average. */
const rangeInterval = 8;
const rangeMomentum = 0.9;

/** Trains one stage, step by step. Each step depends on (seed, stage, step) and the state only. */
export class Trainer {
  private values: Tensor;
  private descent: Descent;
  private ranges: Ranges;
  private readonly batches: Batches;
  private readonly learnedRanges: LearnedRanges;
  /** Centroids by node, and the factors of learned ranges under 'ranges'. */
  private readonly variables: TrainedVariables<WeightedNode | 'ranges'>;
  private readonly parameters: number;
  private readonly lowest: Tensor | null;
  private frozenMoments: Map<string, Moments>;
  step = 0;

  constructor(
    private readonly options: TrainerOptions,
    start: { values: Float32Array; ranges: Ranges } | TrainerState,
  ) {
    const { slots, constraints } = options;
    this.batches = new Batches(options);
    this.ranges = new Map(start.ranges);
    this.learnedRanges = new LearnedRanges(options.activations?.learned ?? []);
    this.parameters = slots.reduce((sum, { size }) => sum + size, 0);
    this.variables = new TrainedVariables(trainedValues(constraints, this.learnedRanges));
    this.frozenMoments = 'step' in start ? start.frozenMoments : new Map();
    if ('step' in start) {
      this.step = start.step;
      this.restoreConstraints(start);
      this.values = tf.keep(tf.tensor1d(start.values));
    } else {
      this.adaptConstraints(start.values);
      this.values = tf.keep(tf.tensor1d(joined(start.values, this.variables.read())));
    }
    const size = this.parameters + this.variables.size;
    this.lowest = lowestValues(options, size);
    this.descent = descend(options.optimizer, size, 'step' in start ? start.descent : undefined);
  }

  save(): TrainerState {
    return {
      step: this.step,
      values: this.values.dataSync() as Float32Array,
      descent: this.descent.save(),
      ranges: new Map(this.ranges),
      frozenMoments: this.frozenMoments,
      constraints: new Map([...this.options.constraints].map(([node, layer]) => [node.name, layer.save()])),
    };
  }

  /** Goes back to a state of this stage. */
  restore(state: TrainerState): void {
    this.step = state.step;
    this.ranges = new Map(state.ranges);
    this.frozenMoments = state.frozenMoments;
    this.restoreConstraints(state);
    this.values.dispose();
    this.values = tf.keep(tf.tensor1d(state.values));
    this.descent.dispose();
    this.descent = descend(this.options.optimizer, this.values.size, state.descent);
  }

  /** Whether the codes of a layer with a rate are frozen. */
  get settled(): boolean {
    return this.rates().some(({ settled }) => settled);
  }

  /** All layers with a rate go on with their λ times a factor. */
  soften(factor: number): void {
    for (const rate of this.rates()) rate.scaleLambda(factor * rate.lambdaFactor, true);
  }

  /** The network's parameters as they are, as a new array. */
  flat(): Float32Array {
    return (this.values.dataSync() as Float32Array).slice(0, this.parameters);
  }

  get stepsPerEpoch(): number {
    return this.batches.stepsPerEpoch;
  }

  /** Estimates the statistics that batch normalization is frozen to before the next step, where that is due and not done. */
  *freezeBatchNorm(): Parts<void> {
    const { freezeBatchNorm, steps, momentBatches } = this.options;
    if (freezeBatchNorm === null || this.frozenMoments.size > 0 || this.step < freezeBatchNorm * steps)
      return;
    this.frozenMoments = yield* this.estimateMoments(momentBatches, 'frozen moments');
  }

  /** One step down the gradient of the next batch. */
  trainStep(): StepFigures {
    const { options } = this;
    atOnce(this.freezeBatchNorm());
    const observed: [point: string, extremes: Tensor][] = [];
    const watch = options.activations !== null && this.step % rangeInterval === 0;
    const [loss, gradient, right] = tf.tidy(() => {
      const batch = this.batches.at(this.step);
      const targets = options.teacher?.targets(batch.x);
      let outputs!: Tensor;
      const run = (values: Tensor) => {
        const observe = (point: string, y: Tensor) => void observed.push([point, tf.keep(extremes(y))]);
        outputs = tf.keep(this.forward(batch.x, values, { dropout: true, ...(watch ? { observe } : {}) }));
        return targets
          ? options.teacher!.loss(outputs, batch, targets)
          : taskLoss(options.objective, outputs, batch);
      };
      const { value, grad } = tf.valueAndGrad(run as never)(this.values as never);
      const right = options.objective === 'classification' ? partRight(outputs, batch) : tf.scalar(0);
      outputs.dispose();
      return [value as Tensor, grad as Tensor, right];
    }) as [Tensor, Tensor, Tensor];
    this.apply(this.descent.step(this.values, gradient, learningRateAt(options, this.step, options.steps)));
    const accuracy = options.objective === 'classification' ? right.dataSync()[0]! : null;
    const figures = { loss: loss.dataSync()[0]!, accuracy };
    tf.dispose([loss, gradient, right]);
    if (watch) this.followRanges(observed);
    this.step++;
    if (this.step % constraintInterval === 0 || this.step === options.steps || this.freezesCodes())
      this.updateConstraints();
    return figures;
  }

  /** Ends the stage where it is: constraints hold as at its last step. */
  finish(): void {
    if (this.step < this.options.steps) this.updateConstraints(1);
  }

  /** Mean loss, without a teacher, over the examples that training does not see. */
  heldOutLoss(): number {
    let [sum, examples] = [0, 0];
    for (const batch of this.batches.heldOut()) {
      const loss = () =>
        taskLoss(this.options.objective, this.forward(batch.x, this.values, { dropout: false }), batch);
      sum += batch.labels.size * tf.tidy(() => loss().dataSync()[0]!);
      examples += batch.labels.size;
      tf.dispose([batch.x, batch.labels]);
    }
    return sum / examples;
  }

  /** Part of the weights that masks hold at 0, in layers with such weights; null when there are none. */
  sparsity(): number | null {
    const masks = [...this.options.constraints.values()].flatMap(({ sparsity }) => sparsity ?? []);
    const layers = masks.filter(({ zeros }) => zeros > 0);
    const total = layers.reduce((sum, { size }) => sum + size, 0);
    return total === 0 ? null : layers.reduce((sum, { zeros }) => sum + zeros, 0) / total;
  }

  /**
   * Mean and variance before each batch normalization over `batches` batches of training data, with the weights and ranges as they
   * are. Moving averages of training lag behind (they are off by tens of points after a few hundred steps); this does not.
   */
  *estimateMoments(batches: number, purpose = 'moments'): Parts<Map<string, Moments>> {
    const estimates = new MomentEstimates();
    if (!this.options.slots.some(({ kind }) => kind === 'gamma')) return estimates.result();
    const sample = this.batches.sample(purpose);
    for (let i = 0; i < batches; i++) {
      tf.tidy(() => {
        this.forward(sample(i).x, this.values, {
          dropout: false,
          onBatchNorm: (node, y) => estimates.add(node.name, y),
        });
      });
      yield;
    }
    return estimates.result();
  }

  /** Statistics for folding: those that scales on a grid were trained with, else new ones. */
  *finalMoments(): Parts<Map<string, Moments>> {
    const trained = [...this.options.constraints.values()].some(({ trainsScaleGrid }) => trainsScaleGrid);
    return trained && this.frozenMoments.size > 0
      ? this.frozenMoments
      : yield* this.estimateMoments(this.options.momentBatches);
  }

  /** Ranges to start quantization from. */
  setRanges(ranges: Ranges): void {
    this.ranges = new Map(ranges);
  }

  /** Ranges as they are now, for export. */
  currentRanges(): Ranges {
    this.variables.write((this.values.dataSync() as Float32Array).slice(this.parameters));
    return this.learnedRanges.moved(this.ranges);
  }

  dispose(): void {
    tf.dispose([this.values, ...(this.lowest ? [this.lowest] : [])]);
    this.descent.dispose();
    this.options.teacher?.dispose();
    for (const layer of this.options.constraints.values()) layer.dispose();
  }

  private forward(
    x: Tensor,
    values: Tensor,
    { dropout, ...watchers }: { dropout: boolean } & Pick<TrainingPass, 'observe' | 'onBatchNorm'>,
  ): Tensor {
    const { graph, slots, constraints, activations } = this.options;
    const pieces = this.split(values);
    const parameter = (node: WeightedNode, kind: ParameterKind) =>
      pieces[slots.indexOf(findSlot(slots, node, kind))]!;
    const variables = this.variables.split(pieces[slots.length]);
    const factors = variables.get('ranges') ?? null;
    return trainingForward(graph, x, {
      parameter,
      weights: (node) =>
        constraints.get(node)!.project(parameter(node, 'weights'), variables.get(node) ?? null),
      simulate: activations ? (point, y) => this.simulate(activations, point, y, factors) : null,
      dropoutMask: dropout
        ? (name, shape) => dropoutMask({ ...this.options, step: this.step }, name, shape)
        : null,
      moments: this.frozenMoments.size > 0 && !watchers.onBatchNorm ? (node) => this.moments(node) : null,
      onScaleGrid: (node, factor) => constraints.get(node)!.onScaleGrid(factor),
      ...watchers,
    });
  }

  private simulate(plan: ActivationPlan, point: string, x: Tensor, factors: Tensor | null): Tensor {
    if (!plan.isSimulated(point)) return x;
    const range = this.ranges.get(point)!;
    const learned = factors && this.learnedRanges.ends(point, range, factors);
    if (learned) return fakeQuantize(x, learned.min, learned.max);
    const { min, max } = including0(range);
    return fakeQuantize(x, tf.scalar(min), tf.scalar(max));
  }

  private moments(node: WeightedNode): { mean: Tensor; variance: Tensor } {
    const { mean, variance } = this.frozenMoments.get(node.name)!;
    return { mean: tf.tensor1d(mean), variance: tf.tensor1d(variance) };
  }

  /** The network's parameters one by one, then all variables of the stage in one piece. */
  private split(values: Tensor): Tensor[] {
    const { slots } = this.options;
    const sizes = [...slots.map(({ size }) => size), this.variables.size].filter((size) => size > 0);
    return (tf.split(values, sizes) as Tensor[]).map((piece, i) =>
      i < slots.length ? piece.reshape(slots[i]!.shape) : piece,
    );
  }

  private apply(next: Tensor): void {
    const bounded = this.lowest ? tf.maximum(next, this.lowest) : next;
    if (bounded !== next) next.dispose();
    this.values.dispose();
    this.values = tf.keep(bounded);
  }

  /** Whether the codes of a rate are due to be frozen: they are so at that step, not some steps later. */
  private freezesCodes(): boolean {
    const progress = this.step / this.options.steps;
    return this.rates().some((rate) => !rate.settled && progress >= rate.freezeAt);
  }

  private updateConstraints(progress = this.step / this.options.steps): void {
    const values = this.values.dataSync() as Float32Array;
    this.variables.write(values.slice(this.parameters));
    this.adaptConstraints(values.slice(0, this.parameters), progress);
  }

  private rates() {
    return [...this.options.constraints.values()].flatMap(({ rate }) => rate ?? []);
  }

  private restoreConstraints(state: TrainerState): void {
    for (const [node, layer] of this.options.constraints) layer.restore(state.constraints.get(node.name)!);
  }

  private adaptConstraints(flat: Float32Array, progress = this.options.steps === 0 ? 1 : 0): void {
    const weightsOf = (node: WeightedNode) => slotValues(flat, findSlot(this.options.slots, node, 'weights'));
    this.shareSparsity(weightsOf);
    this.options.steer?.(progress, weightsOf);
    for (const [node, layer] of this.options.constraints) layer.update(weightsOf(node), progress);
  }

  /** Deals global budgets of zeros out to their layers, until the masks of these stay as they are. */
  private shareSparsity(weightsOf: (node: WeightedNode) => Float32Array): void {
    const layers = [...this.options.constraints].filter(([, { sparsity }]) => sparsity && !sparsity.settled);
    for (const budget of new Set(layers.map(([, layer]) => layer.budget))) {
      if (!budget) continue;
      const own = layers.filter(([, layer]) => layer.budget === budget);
      const weights = own.map(([node]) => weightsOf(node));
      globalCounts(weights, budget.target).forEach((count, i) => {
        own[i]![1].sparsity!.setShare(count);
      });
    }
  }

  private followRanges(observed: [point: string, extremes: Tensor][]): void {
    const batch: Ranges = new Map();
    for (const [point, tensor] of observed) {
      const [min, max] = tensor.dataSync() as unknown as [number, number];
      widen(batch, point, min, max);
      tensor.dispose();
    }
    const plan = this.options.activations!;
    for (const [point, { min, max }] of batch) {
      if (plan.isSimulated(point) && plan.rule(point) !== 'moving-average') continue;
      const old = this.ranges.get(point)!;
      this.ranges.set(point, { min: blend(old.min, min), max: blend(old.max, max) });
    }
  }
}

function* trainedValues(
  constraints: TrainerOptions['constraints'],
  ranges: LearnedRanges,
): Generator<readonly [WeightedNode | 'ranges', TrainedValues]> {
  for (const [node, { trained }] of constraints) if (trained) yield [node, trained] as const;
  if (ranges.trained) yield ['ranges', ranges.trained] as const;
}

const blend = (old: number, now: number): number =>
  Math.fround(rangeMomentum * old + (1 - rangeMomentum) * now);

function extremes(x: Tensor): Tensor {
  return tf.stack([tf.min(x), tf.max(x)]);
}
