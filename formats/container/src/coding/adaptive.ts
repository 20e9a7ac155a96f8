/**
 * Adaptive bit models. A model is one uint32: probability of a 1 in the upper 22 bits, number of bits seen in the
 * lower 10. The step towards the new bit is 1/(n + 1.5), so that a new model learns fast; n stops at a limit.
 */
export const freshModel = (1 << 31) >>> 0;

/** steps[n] = floor(2^14 / (2n + 3)), that is 2^13 / (n + 1.5). */
export const steps: Int32Array = Int32Array.from({ length: 1024 }, (_, n) => Math.floor(16384 / (2 * n + 3)));

/** The model after it has seen `bit`. */
export function updatedModel(model: number, bit: number, limit: number): number {
  const n = model & 1023;
  const p = model >>> 10;
  const target = bit ? 4194303 : 0;
  const next = p + ((((target - p) >> 5) * steps[n]!) >> 8);
  return ((next << 10) | (n < limit ? n + 1 : limit)) >>> 0;
}

/** Probability of a 1 as the binary coder takes it: 16 bits, never 0. */
export function probability16(model: number): number {
  const p = model >>> 16;
  return p === 0 ? 1 : p;
}
