import type { Dataset } from '@weightfold/datasets';
import { expect, it } from 'vitest';
import { withValidation } from './validation.js';

const split = (count: number) => ({
  count,
  shape: [2],
  x: Float32Array.from({ length: 2 * count }, (_, i) => Math.floor(i / 2)),
  xScale: 1,
  y: Int32Array.from({ length: count }, (_, i) => i),
});
const provenance = { source: '', licence: '', files: [] };
const dataset: Dataset = { name: 'numbers', classes: 50, train: split(50), test: split(5), provenance };
const examples = (seed: number) => withValidation(dataset, { validation: 0.2, seed }, false);

it('keeps a part of the training examples out, with their labels, by the seed alone', () => {
  const { train, validation, test } = examples(1);
  expect([train.count, validation!.count]).toEqual([40, 10]);
  expect([...train.y, ...validation!.y].sort((a, b) => a - b)).toEqual([...dataset.train.y]);
  for (const { x, y } of [train, validation!])
    expect([...x]).toEqual([...y].flatMap((label) => [label, label]));
  expect(test).toBe(dataset.test);
  expect(examples(1).validation).toEqual(validation);
  expect(examples(2).validation!.y).not.toEqual(validation!.y);
});

it('takes a tenth where a drop is measured, the data set’s own examples where it has some, else none', () => {
  const unsaid = { validation: null, seed: 1 };
  expect(withValidation(dataset, unsaid, false)).toBe(dataset);
  expect(withValidation(dataset, unsaid, true).validation!.count).toBe(5);
  const own = { ...dataset, validation: split(3) };
  expect(withValidation(own, unsaid, true)).toBe(own);
  expect(withValidation(own, { validation: 0.5, seed: 1 }, true).validation!.count).toBe(25);
});

it('leaves the data set as it is, also when its bytes are those of a Buffer', () => {
  const x = Buffer.from(Array.from({ length: 100 }, (_, i) => Math.floor(i / 2)));
  const train = { ...dataset.train, x };
  const before = Uint8Array.from(x);
  const chosen = withValidation({ ...dataset, train }, { validation: 0.2, seed: 1 }, false).validation!;
  expect([...chosen.x]).toEqual([...chosen.y].flatMap((label) => [label, label]));
  expect(Uint8Array.from(x)).toEqual(before);
});
