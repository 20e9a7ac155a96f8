import { noise } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { doubleRounding, quantizeMultiplier, quantizeMultipliers } from './multiplier.js';

const words = new Int32Array(noise(4 * 20_000, 1).buffer);

/** gemmlowp's SaturatingRoundingDoublingHighMul and RoundingDivideByPOT, in integers without a limit. */
function inBigIntegers(value: number, multiplier: number, shift: number): number {
  const high = (BigInt(value << Math.max(shift, 0)) * BigInt(multiplier) + (1n << 30n)) >> 31n;
  const exponent = BigInt(Math.max(-shift, 0));
  const mask = (1n << exponent) - 1n;
  const threshold = (mask >> 1n) + (high < 0n ? 1n : 0n);
  return Number((high >> exponent) + ((high & mask) > threshold ? 1n : 0n));
}

it('rounds twice as gemmlowp does, without a 64-bit integer', () => {
  const values = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 30, -(2 ** 30)];
  for (let i = 0; i + 2 < words.length; i++) {
    const value = values[i] ?? words[i]!;
    const multiplier = i % 5 === 0 ? 2 ** 31 - 1 : 2 ** 30 + (words[i + 1]! >>> 2);
    const shift = ((words[i + 2]! >>> 0) % 40) - 31;
    const expected = inBigIntegers(value, multiplier, shift);
    expect(doubleRounding(value, multiplier, shift), `${value} × ${multiplier}, ${shift}`).toBe(expected);
  }
});

it('gives many multipliers as it gives one, and asks for those beyond the shifts', () => {
  const edges = [0, 1, 0.5, 2 ** -33, 1 - 2 ** -53, 2 ** -1060, 2 ** 40];
  const reals = Float64Array.from(words.subarray(0, 2000), (word, i) => edges[i] ?? Math.exp(word / 2 ** 27));
  const asked: number[] = [];
  const { multipliers, shifts } = quantizeMultipliers(reals, 30, (real) => {
    asked.push(real);
    return quantizeMultiplier(real);
  });
  reals.forEach((real, i) => {
    expect({ multiplier: multipliers[i], shift: shifts[i] }, `${real}`).toEqual(quantizeMultiplier(real));
  });
  expect(asked).toEqual([0, 2 ** -33, 1 - 2 ** -53, 2 ** -1060, 2 ** 40]);
});
