import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ContainerError } from '../errors.js';
import { toPaletteSymbols } from './palette/encode.js';
import { encodeRans } from './rans/encode.js';
import { noEnvironment } from './rans/shared.js';
import { codecs } from './registry.js';

const codec = (name: string) => codecs.find((candidate) => candidate.name === name)!;
/** Rows of 64 from four sources, which rANS gives tables of their own. */
const rows = Uint8Array.from({ length: 64 * 512 }, (_, i) => (i * 7919) % [3, 17, 61, 200][(i >> 6) & 3]!);
const oneTable = 4096 + 4 * 256;

it('counts the tables of a rANS block', () => {
  const tableBytes = (coded: Uint8Array) => codec('rans').tableBytes(coded, rows.length, 0, noEnvironment);
  expect(tableBytes(encodeRans(rows))).toBe(oneTable);
  const classes = tableBytes(encodeRans(rows, { rowLengths: [64], thorough: true }));
  expect(classes % oneTable).toBe(0);
  expect(classes).toBeGreaterThan(oneTable);
});

it('counts the entries of palettes, and the inner codec', () => {
  const data = Uint8Array.from({ length: 100 }, (_, i) => [0, 5, 250][i % 3]!);
  const ranks = toPaletteSymbols(data, { axis: 'outer', length: 50 }, 0)!;
  const inner = [ranks.symbols, encodeRans(ranks.symbols)];
  const found = inner.map((coded, id) =>
    codec('palette').tableBytes(Buffer.concat([ranks.head(id), coded]), data.length, 0, noEnvironment),
  );
  // Two channels of two steps beside the center, and two counts each.
  expect(found).toEqual([2 * (2 + 2), 2 * (2 + 2) + oneTable]);
});

it('refuses palettes inside palettes, however deep', () => {
  const nested = Uint8Array.from({ length: 100_000 }, (_, i) => [3, 0, 1, 0][i % 4]!);
  expect(() => codec('palette').tableBytes(nested, 1, 0, noEnvironment)).toThrow(ContainerError);
});

it.each(codecs.map(({ name }) => name))('%s tells a number or a ContainerError of any bytes', (name) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 1, max: 100_000 }), (coded, length) => {
      try {
        expect(codec(name).tableBytes(coded, length, 0, noEnvironment)).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error).toBeInstanceOf(ContainerError);
      }
    }),
    { numRuns: 500, seed: 3 },
  );
});
