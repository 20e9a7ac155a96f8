import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayerShape } from '../constraint.js';
import { nearestLevel } from '../palette.js';
import { roundScale } from '../scale-grid.js';
import { histogramLengths } from './code-lengths.js';
import { entropyConstrained } from './quantizer.js';
import { Rate, type RateOptions } from './rate.js';

const shape: LayerShape = {
  name: 'layer',
  rows: 50,
  channels: 8,
  perTensor: false,
  depthwise: false,
  largestCode: 127,
};
const options: RateOptions = { lambda: 0.05, importanceFloor: 2, maxCodes: 63, rampEnd: 0.5, freezeAt: 0.85 };
/** Smooth weights, some large; their spread is its own in each channel. */
const weights = Float32Array.from(
  { length: shape.rows * shape.channels },
  (_, i) => Math.sin(1 + i * i * 0.7) ** 3 * (1 + (i % shape.channels)),
);
const rateOf = (
  more: Partial<RateOptions> = {},
  context: Partial<ConstructorParameters<typeof Rate>[2]> = {},
) => new Rate(shape, { ...options, ...more }, { scalesPerOctave: null, ...context });

/** Order-0 bits of codes. */
function entropy(codes: Int8Array): number {
  const counts = new Map<number, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts.values()].reduce((bits, n) => bits + n * Math.log2(codes.length / n), 0);
}
function settledCodes(rate: Rate): Int8Array {
  for (const progress of [0, 0.25, 0.5, 0.7, 1]) rate.update(weights, progress);
  return rate.encode(weights).codes;
}

it('chooses the code that is cheapest in distortion and bits together, as trying all of them does', () => {
  const lengths = fc
    .integer({ min: 1, max: 9 })
    .chain((m) =>
      fc.array(fc.float({ min: 0, max: 20, noNaN: true }), { minLength: 2 * m + 1, maxLength: 2 * m + 1 }),
    );
  const values = fc.array(fc.float({ min: -12, max: 12, noNaN: true }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(lengths, fc.float({ min: 0, max: 2, noNaN: true }), values, (bits, ratio, list) => {
      const m = (bits.length - 1) / 2;
      bits[m] = Math.min(...bits);
      const quantizer = { ...entropyConstrained(Float32Array.from(bits), ratio), unit: 1 };
      const cost = (x: number, code: number) => (x - code) ** 2 + ratio * bits[code + m]!;
      for (const x of list) {
        const best = Math.min(...bits.map((_, i) => cost(x, i - m)));
        expect(cost(x, nearestLevel(quantizer, x))).toBeLessThanOrEqual(best + 1e-4);
      }
      expect(nearestLevel(quantizer, 0)).toBe(0);
    }),
  );
});

it('counts bits as an adaptive coder spends them', () => {
  const lengths = histogramLengths(Uint32Array.of(7, 0, 24));
  expect([...lengths].map((bits) => bits.toFixed(3))).toEqual(
    [7.5, 0.5, 24.5].map((n) => (-Math.log2(n / 32.5)).toFixed(3)),
  );
});

describe('the rate', () => {
  it('falls with lambda, and zeros come of it', () => {
    const codes = [0.001, 0.01, 0.1, 0.5].map((lambda) => settledCodes(rateOf({ lambda })));
    const bits = codes.map(entropy);
    expect(bits).toEqual([...bits].sort((a, b) => b - a));
    const zeros = codes.map((list) => list.filter((code) => code === 0).length);
    expect(zeros).toEqual([...zeros].sort((a, b) => a - b));
  });

  it('is lower where a layer matters less, but no lower than the floor of importance lets it be', () => {
    const bitsAt = (importance: number, importanceFloor = 2) => {
      const rate = rateOf({ importanceFloor });
      rate.setImportance(importance);
      return entropy(settledCodes(rate));
    };
    expect(bitsAt(1)).toBeLessThan(bitsAt(10));
    expect(bitsAt(0.2)).toBeLessThan(bitsAt(1));
    expect(bitsAt(1e-6)).toBe(bitsAt(2 * options.lambda));
    expect(bitsAt(1e-6, 0.01)).toBeLessThan(bitsAt(1e-6));
  });

  it('follows bits that are handed in', () => {
    const evenOnly = (counts: Uint32Array) =>
      Float32Array.from(counts, (_, i) => ((i - (counts.length - 1) / 2) % 2 === 0 ? 0 : 1e6));
    const codes = settledCodes(rateOf({ lambda: 0.001 }, { codeLengths: evenOnly }));
    expect(codes.some((code) => code !== 0)).toBe(true);
    expect(codes.every((code) => code % 2 === 0)).toBe(true);
  });

  it('never takes all codes of a layer', () => {
    const codes = settledCodes(rateOf({ lambda: 1e6, importanceFloor: 1e-9 }));
    expect(codes.filter((code) => code !== 0).length).toBeGreaterThanOrEqual(0.01 * codes.length);
    const shrinking = rateOf();
    shrinking.update(weights, 0);
    shrinking.update(
      weights.map((w) => w * 1e-3),
      0.5,
    );
    expect(shrinking.encode(weights.map((w) => w * 1e-3)).codes.some((code) => code !== 0)).toBe(true);
  });

  it('is lower after a collapse has softened it', () => {
    const rate = rateOf({ freezeAt: 1 });
    rate.update(weights, 0.5);
    const before = entropy(rate.encode(weights).codes);
    rate.scaleLambda(0.25, true);
    rate.update(weights, 0.6);
    expect(entropy(rate.encode(weights).codes)).toBeGreaterThan(before);
  });
});

describe('frozen codes', () => {
  it('stay, with scales on their grid, whatever the weights become', () => {
    const rate = rateOf({}, { scalesPerOctave: 8 });
    const codes = settledCodes(rate);
    const later = weights.map((w, i) => w + Math.cos(i));
    rate.update(later, 1);
    const { codes: after, scales } = rate.encode(later);
    expect(after).toEqual(codes);
    for (const scale of scales) expect(roundScale(scale, 8)).toBe(scale);
  });

  it('are missed when a zero has moved, when a code is new, and when there is none left', () => {
    const rate = rateOf();
    const codes = settledCodes(rate);
    rate.verify(codes);
    const changed = (code: number) => codes.map((old, i) => (i === codes.indexOf(0) ? code : old));
    const other = codes.find((code) => code !== 0)!;
    expect(() => rate.verify(changed(other))).toThrow(/layer: expected a zero at element \d+ but found/);
    expect(() => rate.verify(changed(99))).toThrow(/layer: expected no codes but .* but found 99/);
    expect(() => rate.verify(codes.map(() => 0))).toThrow(/more than one code but found one/);
  });
});
