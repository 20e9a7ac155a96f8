import { createHash } from 'node:crypto';

/** A seeded source of random numbers. Keys name what they are for, so that a resumed run draws the same ones. */
export interface Random {
  /** Uniform in [0, 1), with 32 random bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Integer in [0, n). */
  integer(n: number): number;
}

/** Generator for a key such as (seed, 'shuffle', stage, epoch). xoshiro128** (Blackman and Vigna, 2018) seeded by SHA-256. */
export function randomFor(...key: (string | number)[]): Random {
  const digest = createHash('sha256').update(JSON.stringify(key)).digest();
  // Four variables, not an array: dropout draws millions of numbers in a step.
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.readInt32LE(at)) as [number, number, number, number];
  const rotate = (x: number, k: number) => (x << k) | (x >>> (32 - k));
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return result;
  };
  const uniform = () => next() / 2 ** 32;
  return {
    uniform,
    // Box–Muller; the other half of the pair is not kept, so that state is nothing but the four.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer: (n) => Math.floor(uniform() * n),
  };
}

/** The numbers 0 to n − 1 in random order (Fisher–Yates). */
export function permutation(n: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
