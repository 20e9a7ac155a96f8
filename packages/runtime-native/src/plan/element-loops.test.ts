import { noise } from '@weightfold/test-support';
import { describe, expect, it } from 'vitest';
import { nativeLoops } from '../load.js';
import { addon } from '../native/addon.js';
import { plainLoops } from './element-loops.js';

describe.each([
  ['in TypeScript', plainLoops],
  ['in the addon', nativeLoops],
] as const)('loops %s', (_, { shiftCodes, selectRuns, zeroRuns }) => {
  it('take the zero point from codes where all of them stay int8', () => {
    const to = new Int8Array(4);
    expect(shiftCodes(Uint8Array.of(0, 100, 128, 255), 128, 0, to)).toBe(true);
    expect([...to]).toEqual([-128, -28, 0, 127]);
    expect(shiftCodes(Uint8Array.of(2, 100, 128, 255), 128, 3, to)).toBe(false); // 2 − 128 − 3 < −128
    expect([...to]).toEqual([-126, -28, 0, 127]);
    expect(shiftCodes(Uint8Array.of(3, 100, 128, 254), 128, -1, to)).toBe(true);
    expect([...to]).toEqual([-124, -27, 1, 127]);
    expect(shiftCodes(Int8Array.of(-125, 5, 0, 127), 0, 3, to)).toBe(true);
    expect([...to]).toEqual([-128, 2, -3, 124]);
    expect(shiftCodes(new Int8Array(0), 0, 100, new Int8Array(0))).toBe(true);
  });

  it('copy the runs at some places of every group', () => {
    const to = new Uint8Array(8);
    selectRuns(
      Uint8Array.from({ length: 12 }, (_, i) => i),
      2,
      3,
      Int32Array.of(2, 0),
      to,
    );
    expect([...to]).toEqual([4, 5, 0, 1, 10, 11, 6, 7]);
  });

  it('find the runs that hold nothing but zeros', () => {
    expect(zeroRuns(Int8Array.of(0, 0, 0, 1, 0, 0, -1, 0), 2)).toEqual([0, 2]);
    expect(zeroRuns(new Int8Array(3), 1)).toEqual([0, 1, 2]);
    expect(zeroRuns(new Int8Array(0), 4)).toEqual([]);
  });
});

it('gives the same numbers in both for all zero points', () => {
  const codes = noise(1000, 7).map((code) => 64 + (code & 127));
  for (let zeroPoint = -300; zeroPoint <= 300; zeroPoint += 7) {
    const [ours, natives] = [new Int8Array(1000), new Int8Array(1000)];
    const fits = plainLoops.shiftCodes(codes, 128, zeroPoint, ours);
    expect(nativeLoops.shiftCodes(codes, 128, zeroPoint, natives), `${zeroPoint}`).toBe(fits);
    expect(natives, `${zeroPoint}`).toEqual(ours);
  }
});

it('refuses in the addon what does not fit together', () => {
  const bytes = new Uint8Array(12);
  const { shiftCodes, selectRuns, zeroRuns } = addon();
  expect(() => shiftCodes(bytes, 0, 0, new Int8Array(11))).toThrow('shiftCodes: lengths');
  for (const places of [[3], [-1], [0, 1]])
    expect(() => selectRuns(bytes, 2, 3, Int32Array.from(places), new Uint8Array(4))).toThrow(
      'selectRuns: lengths',
    );
  expect(() => selectRuns(bytes, 0, 3, new Int32Array(0), new Uint8Array(0))).toThrow('selectRuns: lengths');
  expect(() => selectRuns(bytes, 5, 1, Int32Array.of(0), new Uint8Array(10))).toThrow('selectRuns: lengths');
  expect(() => zeroRuns(new Int8Array(5), 2)).toThrow('zeroRuns: lengths');
  expect(() => zeroRuns(new Int8Array(5), 0)).toThrow('zeroRuns: lengths');
});
