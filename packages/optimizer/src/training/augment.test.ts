import { expect, it } from 'vitest';
import { type AugmentSpec, augmentRandom, stageAugment } from './augment.js';

const none: AugmentSpec = { flip: false, crop: 0, timeShift: 0 };
const shape = [3, 4, 2];
const size = 24;
const count = 200;
const indices = Uint32Array.from({ length: count }, (_, i) => i);
/** Examples whose values say where they are: 1 + row × 100 + column × 10 + channel. */
const batch = () =>
  Float32Array.from({ length: count * size }, (_, i) => {
    const at = i % size;
    return 1 + Math.floor(at / 8) * 100 + Math.floor((at % 8) / 2) * 10 + (at % 2);
  });

function changed(spec: AugmentSpec, step = 0): number[][] {
  const values = batch();
  const random = augmentRandom(1, 'base', step);
  stageAugment(spec, undefined, shape, 'base')!(values, { shape, indices, stage: 'base', step, random });
  return Array.from({ length: count }, (_, i) => [...values.subarray(i * size, (i + 1) * size)]);
}

const original = [...batch().subarray(0, size)];
const at = (row: number, column: number) =>
  row < 0 || row > 2 || column < 0 || column > 3
    ? [0, 0]
    : [1 + row * 100 + column * 10, 2 + row * 100 + column * 10];
const picture = (from: (row: number, column: number) => number[]) =>
  [0, 1, 2].flatMap((row) => [0, 1, 2, 3].flatMap((column) => from(row, column)));
const kinds = (examples: number[][]) => new Set(examples.map(String));

it('mirrors about every other image', () => {
  const examples = changed({ ...none, flip: true });
  const mirrored = picture((row, column) => at(row, 3 - column));
  expect(kinds(examples)).toEqual(new Set([String(original), String(mirrored)]));
  const part = examples.filter((example) => String(example) === String(mirrored)).length / count;
  expect(Math.abs(part - 0.5)).toBeLessThan(0.15);
});

it('shifts images each way and fills with zeros', () => {
  const shifts = [-1, 0, 1].flatMap((down) =>
    [-1, 0, 1].map((right) => picture((row, column) => at(row - down, column - right))),
  );
  expect(kinds(changed({ ...none, crop: 1 }))).toEqual(kinds(shifts));
});

it('shifts features in time and repeats the frame at the edge', () => {
  const edge = (row: number) => Math.max(0, Math.min(2, row));
  const shifts = [-2, -1, 0, 1, 2].map((later) => picture((row, column) => at(edge(row - later), column)));
  expect(kinds(changed({ ...none, timeShift: 2 }))).toEqual(kinds(shifts));
});

it('depends on seed, stage and step, and on nothing else', () => {
  const spec = { flip: true, crop: 1, timeShift: 1 };
  expect(changed(spec, 5)).toEqual(changed(spec, 5));
  expect(changed(spec, 5)).not.toEqual(changed(spec, 6));
});

it('refuses examples without the dimensions it needs', () => {
  const make = (spec: AugmentSpec, size: number[]) => () => stageAugment(spec, undefined, size, 'base');
  expect(make({ ...none, flip: true }, [640])).toThrow(/stage base, augment: expected images .* \[640\]/);
  expect(make({ ...none, timeShift: 1 }, [640])).toThrow(/\[frames, ...\] for timeShift/);
  expect(make({ ...none, crop: 2 }, [28, 28, 1])).not.toThrow();
  expect(stageAugment(null, undefined, [640], 'base')).toBe(null);
});
