/** Palettes as tokens: as static as rANS, so that tens of thousands of steps are read in no time. */
import { ByteReader, ByteWriter } from '../../bytes.js';
import { NumberDecoder, NumberEncoder } from '../../coding/numbers.js';
import { damaged } from '../../errors.js';
import { getClasses, putClasses } from '../rans/class-maps.js';
import { entropyBits, fitTables } from '../rans/fit.js';
import { maximumTables } from '../rans/shape.js';
import { numberContexts as tableContexts } from '../rans/tables.js';
import { encodeTokens, getTokenTables, putTokenTables, type Token, TokenDecoder } from '../rans/tokens.js';
import { numberContexts, type Palette, putPalette, type StepSource } from './palettes.js';

const totalLog2 = 10;

/** Contexts that share a table. */
interface Group {
  contexts: number[];
  counts: Float64Array;
  bits: number;
}

/** What symbols and table cost: some bits for the table, some for each symbol in it. */
function groupOf(contexts: number[], counts: Float64Array): Group {
  const symbols = counts.reduce((sum, count) => sum + Number(count > 0), 0);
  return { contexts, counts, bits: entropyBits(counts) + 14 + 4 * symbols };
}

function merged(a: Group, b: Group): Group {
  return groupOf(
    [...a.contexts, ...b.contexts],
    a.counts.map((count, symbol) => count + b.counts[symbol]!),
  );
}

interface Merge {
  pair: [Group, Group];
  union: Group;
  saved: number;
}

function mergeOf(a: Group, b: Group): Merge {
  const union = merged(a, b);
  return { pair: [a, b], union, saved: a.bits + b.bits - union.bits };
}

/** Puts contexts together as long as a common table is cheaper, those first that save most. */
function groupContexts(numbers: Token[]): Group[] {
  const counts = Array.from({ length: numberContexts }, () => new Float64Array(256));
  for (const { table, symbol } of numbers) counts[table]![symbol]!++;
  let groups = counts.flatMap((table, context) =>
    table.some((count) => count > 0) ? [groupOf([context], table)] : [],
  );
  let merges = groups.flatMap((a, i) => groups.slice(i + 1).map((b) => mergeOf(a, b)));
  while (merges.length > 0) {
    const best = merges.reduce((most, merge) => (merge.saved > most.saved ? merge : most));
    if (best.saved <= 0 && groups.length <= maximumTables) break;
    const { pair, union } = best;
    groups = groups.filter((group) => !pair.includes(group));
    merges = merges.filter((merge) => !pair.some((group) => merge.pair.includes(group)));
    merges.push(...groups.map((group) => mergeOf(group, union)));
    groups.push(union);
  }
  return groups;
}

/** The palettes' numbers, each below 256, as tokens. */
export function encodePaletteTokens(palettes: Palette[]): Uint8Array {
  const numbers: Token[] = [];
  const sink = { put: (table: number, symbol: number) => numbers.push({ table, symbol }) };
  for (const palette of palettes) putPalette(sink, palette);
  const groups = groupContexts(numbers);
  const tableOf = new Uint8Array(numberContexts);
  groups.forEach(({ contexts }, table) => {
    for (const context of contexts) tableOf[context] = table;
  });
  const { tables, resolution } = fitTables(
    groups.map(({ counts }) => counts),
    true,
  );
  const side = new NumberEncoder(tableContexts);
  putClasses(side, tableOf, 0);
  putTokenTables(side, tables);
  const sideBytes = side.finish();
  const out = new ByteWriter();
  out.u8((tables.length - 1) | (Math.log2(resolution) << 4));
  out.varint(sideBytes.length);
  out.bytes(sideBytes);
  const tokens = numbers.map(({ table, symbol }) => ({ table: tableOf[table]!, symbol }));
  out.bytes(encodeTokens(tokens, tables, totalLog2));
  return out.finish();
}

/** Where the numbers of palettes come from when they are tokens. @param offset of `bytes` in the container */
export function paletteTokens(bytes: Uint8Array, offset: number): StepSource {
  const reader = new ByteReader(bytes, offset);
  const head = reader.u8('tables of palettes');
  if (head > 63) throw damaged(offset, 'tables of palettes', '0 to 63', `${head}`);
  const sideBytes = reader.bytes(reader.varint('length of tables of palettes'), 'tables of palettes');
  const side = new NumberDecoder(tableContexts, sideBytes);
  const count = (head & 15) + 1;
  const tableOf = getClasses(side, numberContexts, count, 0, offset);
  const slots = getTokenTables(side, count, 2 ** (head >> 4), totalLog2);
  if (!slots) throw damaged(offset, 'palette table', 'levels in range, one above 0', 'others');
  if (!side.exact) throw damaged(offset, 'tables of palettes', 'all bytes to be used', 'another length');
  const decoder = new TokenDecoder(bytes.subarray(reader.position), slots, totalLog2);
  return {
    get: (context) => decoder.get(tableOf[context]!),
    get exact() {
      return decoder.exact;
    },
  };
}
