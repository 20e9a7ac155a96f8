import { ByteReader } from '../../bytes.js';
import { NumberDecoder } from '../../coding/numbers.js';
import { damaged } from '../../errors.js';
import { getClasses } from './class-maps.js';
import { getTable, TableHistory } from './coded-tables.js';
import { choiceContext, ransContexts } from './contexts.js';
import { classifiedLines, expectShared, type RansHead, readHead } from './shape.js';
import type { Environment } from './shared.js';
import { fillSlots, frequencies, unzigzag } from './tables.js';

/** Slots of the tables of all classes, one after another. */
function readTables(side: NumberDecoder, head: RansHead, environment: Environment, at: number): Int32Array {
  const { totalLog2 } = head;
  const shared = environment.sharedTables;
  const slots = new Int32Array((head.rowCount * head.columnCount) << totalLog2);
  const history = new TableHistory();
  let before = 0;
  for (let t = 0; t < head.rowCount * head.columnCount; t++) {
    const choice = head.choice ? side.get(choiceContext) : 0;
    if (choice > 0) {
      before += unzigzag(choice - 1);
      expectShared(before, shared.length, totalLog2, at);
      slots.set(shared[before]!, t << totalLog2);
      continue;
    }
    const table = getTable(side, history);
    if (!table) throw damaged(at, 'frequency table', 'levels in range, one above 0', 'others');
    fillSlots(slots.subarray(t << totalLog2), frequencies(table, totalLog2));
  }
  return slots;
}

/** Class maps and tables. */
function readSide(reader: ByteReader, head: RansHead, length: number, environment: Environment) {
  const at = reader.offset;
  const one = new Uint8Array(1);
  if (head.sharedTable >= 0)
    return { rowClasses: one, columnClasses: one, slots: environment.sharedTables[head.sharedTable]! };
  const bytes = reader.bytes(reader.varint('length of rANS side information'), 'rANS side information');
  const side = new NumberDecoder(ransContexts, bytes);
  const { rows, columns } = classifiedLines(head, length);
  const rowClasses = head.rowCount > 1 ? getClasses(side, rows, head.rowCount, 0, at) : one;
  const columnClasses = head.columnCount > 1 ? getClasses(side, columns, head.columnCount, 16, at) : one;
  const slots = readTables(side, head, environment, at);
  if (!side.exact) throw damaged(at, 'rANS side information', 'all bytes to be used', 'another length');
  return { rowClasses, columnClasses, slots };
}

type Maps = ReturnType<typeof readSide>;

/**
 * Fills the first `count` of `symbols`, row by row; returns where the words end, or -1 when some are missing. States are unsigned
 * but stay in 32-bit integers: what may be 2^31 and above would become floating point.
 */
function decodeSymbols(
  symbols: Uint8Array,
  count: number,
  states: Int32Array,
  { totalLog2, rowLength, rowCount, columnCount }: RansHead,
  { slots, rowClasses, columnClasses }: Maps,
  coded: Uint8Array,
  firstWord: number,
): number {
  const laneMask = states.length - 1;
  const slotMask = 2 ** totalLog2 - 1;
  const last = coded.length - 1;
  let at = firstWord;
  for (let first = 0, row = 0; first < count; first += rowLength || count, row++) {
    const end = Math.min(count, first + (rowLength || count));
    const rowTable = rowCount > 1 ? rowClasses[row]! * columnCount : 0;
    for (let i = first; i < end; i++) {
      const table = columnCount > 1 ? rowTable + columnClasses[i - first]! : rowTable;
      const x = states[i & laneMask]!;
      const slot = slots[(table << totalLog2) | (x & slotMask)]!;
      symbols[i] = slot >>> 24;
      let next = (Math.imul(((slot >>> 12) & 4095) + 1, x >>> totalLog2) + (slot & 4095)) | 0;
      if (next >>> 16 === 0) {
        if (at >= last) return -1;
        next = (next << 16) | coded[at]! | (coded[at + 1]! << 8);
        at += 2;
      }
      states[i & laneMask] = next;
    }
  }
  return at;
}

/** Symbols that the final states hold: two per lane, none in blocks shorter than that. */
export function tailLength(length: number, lanes: number): number {
  return length < 2 * lanes ? 0 : 2 * lanes;
}

/** Writes the last symbols, and checks that the states hold nothing else. */
function takeTail(symbols: Uint8Array, states: Int32Array, tail: number, offset: number): void {
  const lanes = states.length;
  const first = symbols.length - tail;
  for (let j = 0; j < tail; j++) {
    symbols[first + j] = states[(first + j) & (lanes - 1)]! >>> (j < lanes ? 0 : 8);
  }
  const right = (state: number): boolean => (tail > 0 ? state >>> 16 === 1 : state === 65536);
  if (states.every(right)) return;
  throw damaged(offset, 'final rANS states', tail > 0 ? '65536 to 131071' : '65536', 'another value');
}

/**
 * Decodes `length` symbols.
 *
 * @param offset where `coded` begins in the container, for messages
 * @param environment the shared tables
 */
export function decodeRans(
  coded: Uint8Array,
  length: number,
  offset: number,
  environment: Environment,
): Uint8Array {
  const reader = new ByteReader(coded, offset);
  const head = readHead(reader, length, environment.sharedTables.length);
  const maps = readSide(reader, head, length, environment);
  const states = Int32Array.from({ length: head.lanes }, () => reader.u32('rANS state'));
  const symbols = new Uint8Array(length);
  const tail = tailLength(length, head.lanes);
  const at = decodeSymbols(symbols, length - tail, states, head, maps, coded, reader.position);
  if (at < 0) throw damaged(offset + coded.length, 'rANS words', '2 more bytes', 'the end');
  if (at !== coded.length)
    throw damaged(offset + at, 'end of rANS words', 'no more bytes', `${coded.length - at}`);
  takeTail(symbols, states, tail, offset);
  return symbols;
}
