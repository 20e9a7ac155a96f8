import { expect, test } from 'vitest';
import { NumberDecoder, NumberEncoder } from '../../coding/numbers.js';
import { fitTables } from './fit.js';
import { numberContexts } from './tables.js';
import { encodeTokens, getTokenTables, putTokenTables, type Token, TokenDecoder } from './tokens.js';

const tokens: Token[] = Array.from({ length: 5000 }, (_, i) => ({
  table: i % 3,
  symbol: ((i * 7919) % 11) * ((i % 3) + 1),
}));

function coded(totalLog2: number) {
  const counts = Array.from({ length: 3 }, () => new Float64Array(256));
  for (const { table, symbol } of tokens) counts[table]![symbol]!++;
  const { tables, resolution } = fitTables(counts, true);
  const side = new NumberEncoder(numberContexts);
  putTokenTables(side, tables);
  return { side: side.finish(), resolution, bytes: encodeTokens(tokens, tables, totalLog2) };
}

test.each([8, 10, 12])('tokens come back with tables of 2^%i, and all bytes are used', (totalLog2) => {
  const { side, resolution, bytes } = coded(totalLog2);
  const slots = getTokenTables(new NumberDecoder(numberContexts, side), 3, resolution, totalLog2)!;
  const decoder = new TokenDecoder(bytes, slots, totalLog2);
  for (const { table, symbol } of tokens) expect(decoder.get(table)).toBe(symbol);
  expect(decoder.exact).toBe(true);
  expect(bytes.length).toBeLessThan((tokens.length * Math.log2(11)) / 8 + 40);
});

test('a cut stream says that words are missing, and never ends otherwise', () => {
  const { side, resolution, bytes } = coded(12);
  const slots = getTokenTables(new NumberDecoder(numberContexts, side), 3, resolution, 12)!;
  const decoder = new TokenDecoder(bytes.subarray(0, bytes.length - 2), slots, 12);
  for (const { table } of tokens) decoder.get(table);
  expect(decoder.missing).toBe(true);
  expect(decoder.exact).toBe(false);
});
