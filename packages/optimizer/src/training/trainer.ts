import { type Dataset, fillBatch } from '@weightfold/datasets';
import type { LayerConstraints } from '../constraints/layer-constraints.js';
import { globalCounts } from '../constraints/masks.js';
import type { Graph, WeightedNode } from '../graph/graph.js';
import { crossEntropy } from '../ops.js';
import { permutation, randomFor } from '../random.js';
import { type Tensor, tf } from '../tf.js';
import { Adam } from './adam.js';
import type { Teacher } from './distillation.js';
import type { Moments } from './fold.js';
import { type TrainingPass, trainingForward } from './network.js';
import { findSlot, type ParameterKind, type ParameterSlot, slotValues } from './parameters.js';
import { type Ranges, widen } from './ranges.js';

export interface TrainerOptions {
  graph: Graph;
  dataset: Dataset;
  slots: ParameterSlot[];
  constraints: Map<WeightedNode, LayerConstraints>;
  /** Zeros that all pruned layers have together at the end, as a part of their weights; null: each layer has its own. */
  globalSparsity: number | null;
  /** Gives soft targets; null: labels alone. The trainer disposes it. */
  teacher: Teacher | null;
  /** Simulate int8 activations. */
  quantize: boolean;
  stage: string;
  seed: number;
  batchSize: number;
  /** Examples of each epoch (a new random choice in each), and steps in all. */
  examplesPerEpoch: number;
  steps: number;
  learningRate: number;
  schedule: 'constant' | 'cosine';
}

/** Everything that the next step depends on. Restoring it gives the same next step, bit for bit. */
export interface TrainerState {
  step: number;
  values: Float32Array;
  adam: { first: Float32Array; second: Float32Array; steps: number };
  ranges: Ranges;
  constraints: Map<string, ReturnType<LayerConstraints['save']>>;
}

/** Mask and codebook follow the weights every so many steps. */
const constraintInterval = 10;
/** Activation ranges follow the batches every so many steps, by a moving average. */
const rangeInterval = 8;
const rangeMomentum = 0.9;
/** Smallest gamma of a clustered layer: folding must not turn the sign of codes that channels share. */
const smallestGamma = 1e-3;

/** Trains one stage, step by step. Each step depends on (seed, stage, step) and the state only. */
export class Trainer {
  private values: Tensor;
  private adam: Adam;
  private ranges: Ranges = new Map();
  private order: { epoch: number; indices: Uint32Array } = { epoch: -1, indices: new Uint32Array(0) };
  private readonly lowest: Tensor | null;
  step = 0;

  constructor(
    private readonly options: TrainerOptions,
    start: { values: Float32Array; ranges: Ranges } | TrainerState,
  ) {
    this.values = tf.keep(tf.tensor1d(start.values));
    this.lowest = lowestValues(options);
    this.ranges = new Map(start.ranges);
    if ('step' in start) {
      this.step = start.step;
      this.adam = Adam.restore(start.adam);
      for (const [node, layer] of options.constraints) layer.restore(start.constraints.get(node.name)!);
    } else {
      this.adam = Adam.start(start.values.length);
      this.updateConstraints();
    }
  }

  save(): TrainerState {
    return {
      step: this.step,
      values: this.flat(),
      adam: this.adam.save(),
      ranges: new Map(this.ranges),
      constraints: new Map([...this.options.constraints].map(([node, layer]) => [node.name, layer.save()])),
    };
  }

  /** All trained values as they are. */
  flat(): Float32Array {
    return this.values.dataSync() as Float32Array;
  }

  /** One step; returns the batch's loss. */
  trainStep(): number {
    const { options } = this;
    const indices = this.batchIndices();
    const observed: [point: string, extremes: Tensor][] = [];
    const watch = options.quantize && this.step % rangeInterval === 0;
    const [loss, gradient] = tf.tidy(() => {
      const { x, labels } = this.batch(indices);
      const targets = options.teacher?.targets(x);
      const pieces = this.split(this.values);
      const run = (...parameters: Tensor[]) => {
        const observe = (point: string, y: Tensor) => void observed.push([point, tf.keep(extremes(y))]);
        const logits = this.forward(x, parameters, { dropout: true, ...(watch ? { observe } : {}) });
        return targets ? options.teacher!.loss(logits, labels, targets) : crossEntropy(logits, labels);
      };
      const { value, grads } = tf.valueAndGrads(run as never)(pieces as never);
      const flat = tf.concat((grads as Tensor[]).map((g) => g.reshape([-1])));
      return [value as Tensor, flat];
    }) as [Tensor, Tensor];
    this.apply(this.adam.step(this.values, gradient, this.learningRate()));
    const value = loss.dataSync()[0]!;
    tf.dispose([loss, gradient]);
    if (watch) this.followRanges(observed);
    this.step++;
    if (this.step % constraintInterval === 0 || this.step === options.steps) this.updateConstraints();
    return value;
  }

  /**
   * Mean and variance before each batch normalization over `batches` batches of training data, with the weights and ranges as they
   * are. Moving averages of training lag behind (they are off by tens of points after a few hundred steps); this does not.
   */
  estimateMoments(batches: number): Map<string, Moments> {
    const sums = new Map<string, { mean: Float64Array; square: Float64Array }>();
    const random = permutation(
      this.options.dataset.train.count,
      randomFor(this.options.seed, 'moments', this.options.stage),
    );
    for (let i = 0; i < batches; i++) {
      const indices = this.cyclic(random, i);
      tf.tidy(() => {
        const { x } = this.batch(indices);
        const pieces = this.split(this.values);
        this.forward(x, pieces, {
          dropout: false,
          onBatchNorm: (node, y) => addMoments(sums, node.name, y),
        });
      });
    }
    return new Map([...sums].map(([name, sum]) => [name, meanMoments(sum, batches)]));
  }

  /** Ranges to start quantization from. */
  setRanges(ranges: Ranges): void {
    this.ranges = new Map(ranges);
  }

  currentRanges(): Ranges {
    return new Map(this.ranges);
  }

  dispose(): void {
    tf.dispose([this.values, ...(this.lowest ? [this.lowest] : [])]);
    this.adam.dispose();
    this.options.teacher?.dispose();
    for (const layer of this.options.constraints.values()) layer.dispose();
  }

  private forward(
    x: Tensor,
    parameters: Tensor[],
    { dropout, ...watchers }: { dropout: boolean } & Pick<TrainingPass, 'observe' | 'onBatchNorm'>,
  ): Tensor {
    const { graph, slots, constraints, quantize } = this.options;
    return trainingForward(graph, x, {
      parameter: (node, kind) => parameters[slots.indexOf(findSlot(slots, node, kind))]!,
      constraints: (node) => constraints.get(node)!,
      ranges: quantize ? this.ranges : null,
      dropoutMask: dropout ? (name, shape) => this.dropoutMask(name, shape) : null,
      ...watchers,
    });
  }

  private split(values: Tensor): Tensor[] {
    const pieces = tf.split(
      values,
      this.options.slots.map((slot) => slot.size),
    ) as Tensor[];
    return pieces.map((piece, i) => piece.reshape(this.options.slots[i]!.shape));
  }

  private apply(next: Tensor): void {
    const bounded = this.lowest ? tf.maximum(next, this.lowest) : next;
    if (bounded !== next) next.dispose();
    this.values.dispose();
    this.values = tf.keep(bounded);
  }

  private updateConstraints(): void {
    const flat = this.flat();
    const progress = this.options.steps === 0 ? 1 : this.step / this.options.steps;
    const weightsOf = (node: WeightedNode) => slotValues(flat, findSlot(this.options.slots, node, 'weights'));
    this.shareSparsity(weightsOf);
    for (const [node, layer] of this.options.constraints) layer.update(weightsOf(node), progress);
  }

  /** Deals a global budget of zeros out to the layers. */
  private shareSparsity(weightsOf: (node: WeightedNode) => Float32Array): void {
    const { globalSparsity, constraints } = this.options;
    if (globalSparsity === null) return;
    const pruned = [...constraints].filter(([, layer]) => layer.sparsity);
    const weights = pruned.map(([node]) => weightsOf(node));
    globalCounts(weights, globalSparsity).forEach((count, i) => {
      pruned[i]![1].sparsity!.setShare(count);
    });
  }

  private learningRate(): number {
    const { learningRate, schedule, steps } = this.options;
    return schedule === 'constant'
      ? learningRate
      : (learningRate * (1 + Math.cos((Math.PI * this.step) / steps))) / 2;
  }

  private batchIndices(): Uint32Array {
    const { batchSize, examplesPerEpoch, dataset, seed, stage } = this.options;
    const perEpoch = Math.max(1, Math.floor(examplesPerEpoch / batchSize));
    const epoch = Math.floor(this.step / perEpoch);
    if (this.order.epoch !== epoch) {
      this.order = {
        epoch,
        indices: permutation(dataset.train.count, randomFor(seed, 'shuffle', stage, epoch)),
      };
    }
    return this.cyclic(this.order.indices, this.step % perEpoch);
  }

  private cyclic(order: Uint32Array, batch: number): Uint32Array {
    const { batchSize } = this.options;
    return Uint32Array.from({ length: batchSize }, (_, i) => order[(batch * batchSize + i) % order.length]!);
  }

  private batch(indices: Uint32Array): { x: Tensor; labels: Tensor } {
    const { train } = this.options.dataset;
    const x = tf.tensor(fillBatch(train, indices), [indices.length, ...train.shape]);
    const labels = tf.tensor1d(
      Int32Array.from(indices, (i) => train.y[i]!),
      'int32',
    );
    return { x, labels };
  }

  private dropoutMask(name: string, shape: number[]): Tensor {
    const node = this.options.graph.nodes.find((candidate) => candidate.name === name);
    const rate = node?.op === 'DROPOUT' ? node.rate : 0;
    const random = randomFor(this.options.seed, 'dropout', this.options.stage, name, this.step);
    const mask = new Float32Array(shape.reduce((product, n) => product * n, 1));
    for (let i = 0; i < mask.length; i++) mask[i] = random.uniform() < rate ? 0 : 1 / (1 - rate);
    return tf.tensor(mask, shape);
  }

  private followRanges(observed: [point: string, extremes: Tensor][]): void {
    const batch: Ranges = new Map();
    for (const [point, tensor] of observed) {
      const [min, max] = tensor.dataSync() as unknown as [number, number];
      widen(batch, point, min, max);
      tensor.dispose();
    }
    for (const [point, { min, max }] of batch) {
      const old = this.ranges.get(point)!;
      this.ranges.set(point, { min: blend(old.min, min), max: blend(old.max, max) });
    }
  }
}

const blend = (old: number, now: number): number =>
  Math.fround(rangeMomentum * old + (1 - rangeMomentum) * now);

function extremes(x: Tensor): Tensor {
  return tf.stack([tf.min(x), tf.max(x)]);
}

/** Lower bounds for the flat vector: smallestGamma for gammas of clustered layers; null when there are none. */
function lowestValues({ slots, constraints }: TrainerOptions): Tensor | null {
  const bounded = (slot: ParameterSlot) =>
    slot.kind === ('gamma' satisfies ParameterKind) && constraints.get(slot.node)!.clustered;
  if (!slots.some(bounded)) return null;
  const last = slots.at(-1)!;
  const bounds = new Float32Array(last.offset + last.size).fill(-3e38);
  for (const slot of slots.filter(bounded)) slotValues(bounds, slot).fill(smallestGamma);
  return tf.keep(tf.tensor1d(bounds));
}

function addMoments(
  sums: Map<string, { mean: Float64Array; square: Float64Array }>,
  name: string,
  y: Tensor,
): void {
  const moments = tf.moments(
    y,
    y.shape.slice(0, -1).map((_, axis) => axis),
  );
  const mean = moments.mean.dataSync();
  const variance = moments.variance.dataSync();
  const sum = sums.get(name) ?? {
    mean: new Float64Array(mean.length),
    square: new Float64Array(mean.length),
  };
  sums.set(name, sum);
  mean.forEach((value, i) => {
    sum.mean[i]! += value;
    sum.square[i]! += variance[i]! + value * value;
  });
}

function meanMoments(sum: { mean: Float64Array; square: Float64Array }, batches: number): Moments {
  const mean = Float32Array.from(sum.mean, (value) => value / batches);
  const variance = Float32Array.from(sum.square, (value, i) =>
    Math.max(0, value / batches - (sum.mean[i]! / batches) ** 2),
  );
  return { mean, variance };
}

/** Turns weights so that every gamma of the nodes is positive: the same function (decision 6). Works in place. */
export function makeGammasPositive(
  nodes: WeightedNode[],
  slots: ParameterSlot[],
  values: Float32Array,
  moments: Map<string, Moments>,
): void {
  for (const node of nodes.filter((node) => node.batchNorm)) {
    const gamma = slotValues(values, findSlot(slots, node, 'gamma'));
    const weights = slotValues(values, findSlot(slots, node, 'weights'));
    const mean = moments.get(node.name)?.mean;
    gamma.forEach((g, channel) => {
      if (g < 0) {
        gamma[channel] = -g;
        for (let i = channel; i < weights.length; i += gamma.length) weights[i] = -weights[i]!;
        if (mean) mean[channel] = -mean[channel]!;
      }
      gamma[channel] = Math.max(gamma[channel]!, smallestGamma);
    });
  }
}
