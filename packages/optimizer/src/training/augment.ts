import { UsageError } from '@weightfold/base';
import type { StageSpec } from '../config.js';
import { type Random, randomFor } from '../random.js';

/** What is known of a batch that is about to be trained on. */
export interface AugmentContext {
  /** Shape of one example. */
  shape: number[];
  /** Examples of the batch, by their place in the training set. */
  indices: ArrayLike<number>;
  stage: string;
  step: number;
  /** Depends on seed, stage and step only. Draw from nothing else: a run that is taken up must see the same batches. */
  random: Random;
}

/** Changes a batch of training examples in place: real values, one example after the other. */
export type Augment = (batch: Float32Array, context: AugmentContext) => void;

/** Random changes of examples by name, as in a configuration. */
export type AugmentSpec = NonNullable<StageSpec['augment']>;

/**
 * What a stage does to its batches: the changes of its configuration, then those of the caller.
 * @throws UsageError when the examples have no dimensions for them
 */
export function stageAugment(
  spec: AugmentSpec | null,
  hook: Augment | undefined,
  shape: number[],
  stage: string,
): Augment | null {
  if (spec) checkShape(spec, shape, stage);
  if (!spec && !hook) return null;
  return (batch, context) => {
    if (spec) augmentBatch(batch, spec, context);
    hook?.(batch, context);
  };
}

/** The random source of one step's changes. */
export const augmentRandom = (seed: number, stage: string, step: number): Random =>
  randomFor(seed, 'augment', stage, step);

function augmentBatch(
  batch: Float32Array,
  spec: AugmentSpec,
  { shape, indices, random }: AugmentContext,
): void {
  const [rows = 1, columns = 1, ...rest] = shape;
  const depth = rest.reduce((product, size) => product * size, 1);
  const size = rows * columns * depth;
  const upTo = (most: number) => random.integer(2 * most + 1) - most;
  for (let i = 0; i < indices.length; i++) {
    const example = batch.subarray(i * size, (i + 1) * size);
    // Every number is drawn for every example, so that one setting does not change what another one draws.
    const [mirror, down, right, later] = [
      random.uniform() < 0.5,
      upTo(spec.crop),
      upTo(spec.crop),
      upTo(spec.timeShift),
    ];
    if (spec.flip && mirror) moveColumns(example, rows, columns, depth, (column) => columns - 1 - column);
    if (right !== 0) moveColumns(example, rows, columns, depth, (column) => column - right);
    if (down !== 0) moveRows(example, rows, columns * depth, (row) => row - down);
    if (later !== 0)
      moveRows(example, rows, columns * depth, (row) => Math.max(0, Math.min(rows - 1, row - later)));
  }
}

/** Puts into each row the one that `from` names; zeros where there is none. */
function moveRows(example: Float32Array, rows: number, width: number, from: (row: number) => number): void {
  const before = example.slice();
  for (let row = 0; row < rows; row++) {
    const source = from(row);
    const target = example.subarray(row * width, (row + 1) * width);
    if (source < 0 || source >= rows) target.fill(0);
    else target.set(before.subarray(source * width, (source + 1) * width));
  }
}

/** The same for the columns of each row. */
function moveColumns(
  example: Float32Array,
  rows: number,
  columns: number,
  depth: number,
  from: (column: number) => number,
): void {
  for (let row = 0; row < rows; row++)
    moveRows(example.subarray(row * columns * depth, (row + 1) * columns * depth), columns, depth, from);
}

function checkShape({ flip, crop, timeShift }: AugmentSpec, shape: number[], stage: string): void {
  const needed = flip || crop > 0 ? 3 : timeShift > 0 ? 2 : 0;
  if (needed === 3 ? shape.length === 3 : shape.length >= needed) return;
  const expected =
    needed === 3
      ? 'images of shape [height, width, channels] for flip and crop'
      : 'examples of shape [frames, ...] for timeShift';
  throw new UsageError(
    `stage ${stage}, augment: expected ${expected} but received examples of shape [${shape}]`,
    {
      where: `${stage}, augment`,
      expected,
      received: `[${shape}]`,
    },
  );
}
