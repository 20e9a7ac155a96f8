import { expect, it } from 'vitest';
import { toPredicted } from './encode.js';
import { findTaps } from './fit.js';
import { weightSum } from './taps.js';

/** Even noise from a seed (xorshift32, Marsaglia 2003). */
function noise(length: number, seed: number): Uint8Array {
  let state = Math.imul(seed, 2654435761);
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 11;
  });
}

/** About normal noise of deviation 12. */
function innovations(length: number): Float64Array {
  const bytes = noise(length * 4, 11);
  return Float64Array.from({ length }, (_, i) => {
    const sum = bytes[4 * i]! + bytes[4 * i + 1]! + bytes[4 * i + 2]! + bytes[4 * i + 3]!;
    return (sum - 510) / 12;
  });
}

/** A field over time (rows of 48) and frequency (columns), like its neighbours in both. */
function field(length: number): Uint8Array {
  const changes = innovations(length);
  const values = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const before = (distance: number): number => (distance > i ? 0 : values[i - distance]!);
    values[i] = 0.8 * before(1) + 0.8 * before(48) - 0.64 * before(49) + changes[i]! / 3;
  }
  return Uint8Array.from(values, (value) => Math.max(-128, Math.min(127, Math.round(value))) + 5);
}

const energy = (data: Uint8Array, center: number): number =>
  data.reduce((sum, byte) => sum + (((byte - center) << 24) >> 24) ** 2, 0);

it('finds neighbours in two directions and where they meet', () => {
  const data = field(20_000);
  const taps = findTaps(data, 5, []);
  expect(new Set(taps.slice(0, 3).map(({ distance }) => distance))).toEqual(new Set([1, 48, 49]));
  const weightOf = new Map(taps.map(({ distance, weight }) => [distance, weight]));
  expect(weightOf.get(1)! / 64).toBeCloseTo(0.8, 0);
  expect(weightOf.get(49)!).toBeLessThan(-20);
  expect(energy(toPredicted(data, 5, taps).differences, 0)).toBeLessThan(0.25 * energy(data, 5));
});

it('finds distances beyond the search among multiples of the strides', () => {
  const row = noise(3000, 3);
  const data = Uint8Array.from({ length: 24_000 }, (_, i) => row[i % 3000]! >> 2);
  expect(findTaps(data, 32, []).every(({ distance }) => distance < 3000)).toBe(true);
  expect(findTaps(data, 32, [1500])).toEqual([{ distance: 3000, weight: 64 }]);
});

it('finds nothing in noise, zeros and few bytes', () => {
  expect(findTaps(noise(30_000, 9), 0, [3, 9, 27])).toEqual([]);
  expect(findTaps(new Uint8Array(5000), 0, [3])).toEqual([]);
  for (let length = 0; length < 20; length++) {
    const taps = findTaps(new Uint8Array(length).fill(7), 0, [1, 2]);
    expect(weightSum(taps)).toBeLessThanOrEqual(255);
  }
});
