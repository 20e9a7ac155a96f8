import { type Dataset, fillBatch } from '@weightfold/datasets';
import { permutation, randomFor } from '../random.js';
import { type Tensor, tf } from '../tf.js';
import { type Augment, augmentRandom } from './augment.js';

export interface BatchOptions {
  dataset: Dataset;
  batchSize: number;
  /** Examples of each epoch, a new random choice in each. */
  examplesPerEpoch: number;
  /** Part of the training examples that is kept out of training, to tell when to stop. */
  heldOut: number;
  /** Changes a batch that training sees; null: examples as they are. */
  augment: Augment | null;
  stage: string;
  seed: number;
}

/** Examples as tensors: x [n, ...shape] and labels [n] (int32). */
export interface Batch {
  x: Tensor;
  labels: Tensor;
}

/** How many of `count` training examples a stage trains on, and its steps in an epoch. */
export function epochOf(
  count: number,
  { heldOut, examplesPerEpoch, batchSize }: Pick<BatchOptions, 'heldOut' | 'examplesPerEpoch' | 'batchSize'>,
): { trained: number; steps: number } {
  const trained = count - (heldOut === 0 ? 0 : Math.max(1, Math.floor(heldOut * count)));
  return { trained, steps: Math.max(1, Math.floor(Math.min(examplesPerEpoch, trained) / batchSize)) };
}

/** Which training examples a step sees. It depends on (seed, stage, step) alone. */
export class Batches {
  readonly stepsPerEpoch: number;
  /** Training examples, then those kept out, in an order that all stages of a run share. */
  private readonly examples: Uint32Array;
  private readonly trained: number;
  private order: { epoch: number; indices: Uint32Array } = { epoch: -1, indices: new Uint32Array(0) };

  constructor(private readonly options: BatchOptions) {
    const { dataset, heldOut, seed } = options;
    const { count } = dataset.train;
    const { trained, steps } = epochOf(count, options);
    this.trained = trained;
    this.stepsPerEpoch = steps;
    this.examples =
      heldOut === 0
        ? Uint32Array.from({ length: count }, (_, i) => i)
        : permutation(count, randomFor(seed, 'held out'));
  }

  at(step: number): Batch {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (this.order.epoch !== epoch) this.order = { epoch, indices: this.shuffled('shuffle', epoch) };
    return this.batch(this.cyclic(this.order.indices, step % this.stepsPerEpoch), step);
  }

  /** The i-th batch of a random order of its own, for estimates. */
  sample(purpose: string): (i: number) => Batch {
    const order = this.shuffled(purpose);
    return (i) => this.batch(this.cyclic(order, i));
  }

  /** The examples that training does not see, in batches that are as even as can be, since each has statistics of its own. */
  *heldOut(): Generator<Batch> {
    const kept = this.examples.subarray(this.trained);
    const parts = Math.ceil(kept.length / this.options.batchSize);
    const edge = (part: number) => Math.floor((part * kept.length) / parts);
    for (let part = 0; part < parts; part++) yield this.batch(kept.subarray(edge(part), edge(part + 1)));
  }

  private shuffled(purpose: string, ...more: number[]): Uint32Array {
    const { seed, stage } = this.options;
    const order = permutation(this.trained, randomFor(seed, purpose, stage, ...more));
    return order.map((i) => this.examples[i]!);
  }

  private cyclic(order: Uint32Array, batch: number): Uint32Array {
    const { batchSize } = this.options;
    return Uint32Array.from({ length: batchSize }, (_, i) => order[(batch * batchSize + i) % order.length]!);
  }

  /** @param step that trains on the batch; null: none does, so that examples stay as they are */
  private batch(indices: Uint32Array, step: number | null = null): Batch {
    const { dataset, augment, seed, stage } = this.options;
    const { train } = dataset;
    const { shape } = train;
    const values = fillBatch(train, indices);
    if (augment && step !== null)
      augment(values, { shape, indices, stage, step, random: augmentRandom(seed, stage, step) });
    const x = tf.tensor(values, [indices.length, ...shape]);
    const labels = tf.tensor1d(
      Int32Array.from(indices, (i) => train.y[i]!),
      'int32',
    );
    return { x, labels };
  }
}
