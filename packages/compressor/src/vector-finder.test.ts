import { expect, it } from 'vitest';
import { VectorFinder } from './vector-finder.js';

/** A file of 4-byte words: integers as they are, the rest binary32. */
function fileOf(words: [kind: 'length' | 'float', value: number][]): Uint8Array {
  const bytes = Buffer.alloc(4 * words.length);
  words.forEach(([kind, value], i) => {
    if (kind === 'length') bytes.writeUInt32LE(value, 4 * i);
    else bytes.writeFloatLE(value, 4 * i);
  });
  return bytes;
}

const vector = (...values: number[]): [kind: 'length' | 'float', value: number][] => [
  ['length', values.length],
  ...values.map((value): ['float', number] => ['float', value]),
];

const buffer = (offset: number, length: number) => ({
  kind: 'tensor' as const,
  offset,
  length,
  id: 1,
  tensor: null,
});

it('gives equal vectors different places, in the order of the file, and no place twice', () => {
  const file = fileOf([...vector(1, 2, 3), ...vector(1, 9, 3), ...vector(1, 2, 3)]);
  const finder = new VectorFinder(file, [], new Set([3]));
  expect([1, 2, 3].map(() => finder.find(Float32Array.of(1, 2, 3)))).toEqual([4, 36, -1]);
  expect(finder.find(Float32Array.of(1, 9, 3))).toBe(20);
  expect(finder.find(Float32Array.of(7, 7, 7))).toBe(-1);
});

it('tells vectors apart that differ in the middle only', () => {
  const file = fileOf([...vector(1, 2, 3, 4, 5), ...vector(1, 2, 8, 4, 5)]);
  const finder = new VectorFinder(file, [], new Set([5]));
  expect(finder.find(Float32Array.of(1, 2, 8, 4, 5))).toBe(28);
  expect(finder.find(Float32Array.of(1, 2, 8, 4, 5))).toBe(-1);
  expect(finder.find(Float32Array.of(1, 2, 3, 4, 5))).toBe(4);
});

it('finds nothing inside of buffers or across their edges, nor vectors that the end cuts', () => {
  const file = fileOf([...vector(1, 2), ...vector(1, 2), ...vector(1, 2), ...vector(1, 2).slice(0, 2)]);
  const finder = new VectorFinder(file, [buffer(8, 8)], new Set([2]));
  expect([finder.find(Float32Array.of(1, 2)), finder.find(Float32Array.of(1, 2))]).toEqual([28, -1]);
});
