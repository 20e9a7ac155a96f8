import { noise } from '@weightfold/test-support';

/** Seeded numbers for one random case. */
export interface Dice {
  pick<T>(list: readonly T[]): T;
  /** An integer from low to high, both included. */
  between(low: number, high: number): number;
  /** int8 codes without −128, which weights do not have. */
  bytes(n: number): Int8Array;
  scales(n: number): number[];
}

export function dice(seed: number): Dice {
  const bytes = noise(4096, seed);
  let at = 0;
  const next = () => bytes[at++ % 4096]!;
  const number = () => next() * 256 + next();
  return {
    pick: (list) => list[number() % list.length]!,
    between: (low, high) => low + (number() % (high - low + 1)),
    bytes: (n) => new Int8Array(noise(n, seed + 1).buffer).map((v) => Math.max(-127, v)),
    scales: (n) => Array.from({ length: n }, () => Math.fround(0.001 + next() / 40000)),
  };
}
