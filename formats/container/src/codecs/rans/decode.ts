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

/** Words of two bytes, and a zero that may be read in vain after the last. */
function wordsOf(bytes: Uint8Array): Uint16Array {
  const count = bytes.length >> 1;
  const words = new Uint16Array(count + 1);
  for (let i = 0; i < count; i++) words[i] = bytes[2 * i]! | (bytes[2 * i + 1]! << 8);
  return words;
}

/** The lanes' states, and the words that they have still to take. */
interface RansStream {
  states: Int32Array;
  words: Uint16Array;
  /** Number of the next word; beyond the last when some are missing. */
  next: number;
}

/**
 * Fills symbols `from` to `to`, all of one row. States are unsigned but stay in 32-bit integers: what may be 2^31 and above would
 * become floating point. Whether a state wants a word is as good as random, hence arithmetic instead of a branch.
 *
 * @param slots of the row's tables
 * @param classes the table of each column; null when there is one for all
 */
function decodeRow(
  symbols: Uint8Array,
  from: number,
  to: number,
  stream: RansStream,
  slots: Int32Array,
  classes: Uint8Array | null,
  totalLog2: number,
): void {
  const { states, words } = stream;
  const laneMask = states.length - 1;
  const slotMask = 2 ** totalLog2 - 1;
  let at = stream.next;
  for (let i = from; i < to; i++) {
    const x = states[i & laneMask]!;
    const table = classes === null ? 0 : classes[i - from]! << totalLog2;
    const slot = slots[table | (x & slotMask)]!;
    symbols[i] = slot >>> 24;
    const next = (Math.imul(((slot >>> 12) & 4095) + 1, x >>> totalLog2) + (slot & 4095)) | 0;
    const wanted = ((next >>> 16) - 1) >> 31;
    states[i & laneMask] = (next << (wanted & 16)) | (words[at]! & wanted);
    at -= wanted;
  }
  stream.next = at;
}

/** Fills the first `count` of `symbols`, row by row, as long as there are words. */
function decodeSymbols(
  symbols: Uint8Array,
  count: number,
  stream: RansStream,
  { totalLog2, rowLength, rowCount, columnCount }: RansHead,
  { slots, rowClasses, columnClasses }: Maps,
): void {
  const length = rowCount > 1 || columnCount > 1 ? rowLength : count;
  const classes = columnCount > 1 ? columnClasses : null;
  for (let first = 0, row = 0; first < count && stream.next < stream.words.length; first += length, row++) {
    const table = rowCount > 1 ? rowClasses[row]! * columnCount : 0;
    const end = Math.min(count, first + length);
    decodeRow(symbols, first, end, stream, slots.subarray(table << totalLog2), classes, totalLog2);
  }
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
  const stream = { states, words: wordsOf(coded.subarray(reader.position)), next: 0 };
  const symbols = new Uint8Array(length);
  const tail = tailLength(length, head.lanes);
  decodeSymbols(symbols, length - tail, stream, head, maps);
  if (stream.next >= stream.words.length)
    throw damaged(offset + coded.length, 'rANS words', '2 more bytes', 'the end');
  const at = reader.position + 2 * stream.next;
  if (at !== coded.length)
    throw damaged(offset + at, 'end of rANS words', 'no more bytes', `${coded.length - at}`);
  takeTail(symbols, states, tail, offset);
  return symbols;
}
