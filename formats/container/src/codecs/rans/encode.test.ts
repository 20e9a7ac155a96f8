import { expect, it } from 'vitest';
import { encodeRans } from './encode.js';

const lanesOf = (coded: Uint8Array): number => 2 ** (coded[0]! & 15);

it('has as many states as long zeros need bytes, then a flatter table', () => {
  const sizes = [1000, 60_000, 300_000, 1_000_000, 1_100_000, 4_000_000].map((length) => {
    const coded = encodeRans(new Uint8Array(length));
    expect(coded.length).toBeGreaterThanOrEqual(length / 4096);
    return { lanes: lanesOf(coded), excess: coded.length - length / 4096 };
  });
  expect(sizes.map(({ lanes }) => lanes)).toEqual([1, 4, 32, 64, 64, 64]);
  for (const { excess } of sizes) expect(excess).toBeLessThan(200);
});

it('keeps a given number of states', () => {
  const coded = encodeRans(new Uint8Array(200_000), { lanes: 1, totalLog2: 10 });
  expect(lanesOf(coded)).toBe(1);
  expect(coded.length).toBeGreaterThanOrEqual(200_000 / 4096);
});
