import { noise } from '@weightfold/test-support';
import { describe, expect, it } from 'vitest';
import { nativeLoops } from '../load.js';
import { doubleRounding, factorOf, quantizeChannels, quantizeMultiplier } from './multiplier.js';

const quantizeNatively = nativeLoops.quantizeChannels;
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

const rules = [
  { input: 0.5, output: 0.25 },
  { input: Math.fround(0.1), output: Math.fround(0.3), narrow: true },
  { input: 3e-3, output: 7e5, mostShift: 14 },
];

describe.each(rules)('channels with %o', (rule) => {
  const scales = Float32Array.from(words.subarray(0, 3000), (word) => Math.exp(word / 2 ** 27));

  it('have the multipliers of their factors, here and in the addon', () => {
    const ours = [new Int32Array(scales.length), new Int32Array(scales.length)] as const;
    const natives = [new Int32Array(scales.length), new Int32Array(scales.length)] as const;
    expect(quantizeChannels(scales, rule, ...ours)).toBe(-1);
    expect(quantizeNatively(scales, rule, ...natives)).toBe(-1);
    expect(natives).toEqual(ours);
    scales.forEach((scale, i) => {
      const { multiplier, shift } = quantizeMultiplier(factorOf(scale, rule));
      expect([ours[0][i], ours[1][i]], `${scale}`).toEqual([multiplier, shift]);
    });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e38])('are refused with a scale of %d', (scale) => {
    const bad = Float32Array.of(1, 2, scale, 3);
    for (const quantize of [quantizeChannels, quantizeNatively])
      expect(quantize(bad, rule, new Int32Array(4), new Int32Array(4))).toBe(2);
    for (const quantize of [quantizeChannels, quantizeNatively])
      expect(quantize(Float32Array.of(scale), rule, new Int32Array(3), new Int32Array(3))).toBe(0);
  });
});
