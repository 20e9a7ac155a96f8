import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ContainerError } from '../errors.js';
import { toBitmap } from './bitmap/encode.js';
import { encodeIntegers } from './integers/encode.js';
import { toPaletteSymbols } from './palette/encode.js';
import { toPredicted } from './prediction/encode.js';
import { encodeRans } from './rans/encode.js';
import { encodeRecords } from './records/encode.js';
import { codecs } from './registry.js';

const tableBytes = (name: string, coded: Uint8Array, length: number): number =>
  codecs.find((codec) => codec.name === name)!.tableBytes(coded, length, 0, { sharedTables: [] });
/** Rows of 64 from four sources, which rANS gives tables of their own. */
const rows = Uint8Array.from({ length: 64 * 512 }, (_, i) => (i * 7919) % [3, 17, 61, 200][(i >> 6) & 3]!);
const oneTable = 4096 + 4 * 256;

it('counts the tables of a rANS block', () => {
  expect(tableBytes('rans', encodeRans(rows), rows.length)).toBe(oneTable);
  expect(tableBytes('rans', encodeRans(rows, { totalLog2: 10 }), rows.length)).toBe(2 ** 10 + 4 * 256);
  const thorough = encodeRans(rows, { rowLengths: [64], thorough: true });
  const classes = tableBytes('rans', thorough, rows.length);
  expect(classes % oneTable).toBe(0);
  expect(classes).toBeGreaterThan(oneTable);
});

it('counts the entries of palettes, and the inner codec', () => {
  const data = Uint8Array.from({ length: 100 }, (_, i) => [0, 5, 250][i % 3]!);
  const ranks = toPaletteSymbols(data, { axis: 'outer', length: 50 }, 0)!;
  const inner = [ranks.symbols, encodeRans(ranks.symbols)];
  const found = inner.map((coded, id) =>
    tableBytes('palette', Buffer.concat([ranks.head(id), coded]), data.length),
  );
  // Two channels of two steps beside the center, and two counts each.
  expect(found).toEqual([2 * (2 + 2), 2 * (2 + 2) + oneTable]);
});

it('counts what codes the other values of a bitmap, and a table for each class of integers', () => {
  const data = Uint8Array.from({ length: 400 }, (_, i) => (i % 3 === 0 ? i & 255 : 0));
  const { others, head } = toBitmap(data, 0);
  expect(tableBytes('bitmap', Buffer.concat([head(0), others]), data.length)).toBe(0);
  expect(tableBytes('bitmap', Buffer.concat([head(1), encodeRans(others)]), data.length)).toBe(oneTable);
  const words = new Uint8Array(Int32Array.from({ length: 300 }, (_, i) => i * i - 9000).buffer);
  const integers = encodeIntegers(words, { wordSize: 4, parts: [words.length] })!;
  const found = tableBytes('integers', integers, words.length);
  expect(
    [1, 2, 3, 4].flatMap((classes) => [8, 9, 10, 11, 12].map((log) => classes * (2 ** log + 1024))),
  ).toContain(found);
});

it('counts rows, weights and starts of records: what the native decoder has for them', () => {
  const data = new TextEncoder().encode('tensor_1 tensor_2 tensor_3');
  expect(tableBytes('records', encodeRecords(data)!, data.length)).toBe(31_744 + 144 + 16_384);
});

it('counts what codes the differences of a prediction', () => {
  const data = Uint8Array.from({ length: 900 }, (_, i) => i % 7);
  const { differences, head } = toPredicted(data, 0, [{ distance: 7, weight: 64 }]);
  expect(tableBytes('prediction', Buffer.concat([head(0), differences]), data.length)).toBe(0);
  expect(tableBytes('prediction', Buffer.concat([head(1), encodeRans(differences)]), data.length)).toBe(
    oneTable,
  );
});

it('refuses palettes inside palettes, however deep', () => {
  const nested = Uint8Array.from({ length: 100_000 }, (_, i) => [3, 0, 1, 0][i % 4]!);
  expect(() => tableBytes('palette', nested, 1)).toThrow(ContainerError);
});

it.each(codecs.map(({ name }) => name))('%s tells a number or a ContainerError of any bytes', (name) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 1, max: 100_000 }), (coded, length) => {
      try {
        expect(tableBytes(name, coded, length)).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error).toBeInstanceOf(ContainerError);
      }
    }),
    { numRuns: 500, seed: 3 },
  );
});
