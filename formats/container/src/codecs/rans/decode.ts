import { ByteReader } from '../../bytes.js';
import { NumberDecoder } from '../../coding/numbers.js';
import { damaged } from '../../errors.js';
import { getClasses } from './class-maps.js';
import { maximumClassified, maximumTables } from './plan.js';
import { fillSlots, frequencies, frequencyTotal, getLevels, numberContexts } from './tables.js';

interface Shape {
  lanes: number;
  resolution: number;
  rowLength: number;
  rowCount: number;
  columnCount: number;
}

function readShape(reader: ByteReader, length: number): Shape {
  const at = reader.offset;
  const head = reader.u8('rANS header');
  if ((head & 15) > 6 || head >> 4 > 3)
    throw damaged(at, 'rANS header', 'lanes to 2^6, resolution to 2^3', `${head}`);
  const shape = {
    lanes: 2 ** (head & 15),
    resolution: 2 ** (head >> 4),
    rowLength: 0,
    rowCount: 1,
    columnCount: 1,
  };
  shape.rowLength = reader.bounded('row length', 0, length);
  if (shape.rowLength === 0) return shape;
  shape.rowCount = reader.bounded('row classes', 1, maximumTables);
  shape.columnCount = reader.bounded('column classes', 1, maximumTables);
  const rows = shape.rowCount > 1 ? Math.ceil(length / shape.rowLength) : 1;
  const columns = shape.columnCount > 1 ? shape.rowLength : 1;
  if (shape.rowCount * shape.columnCount > maximumTables || Math.max(rows, columns) > maximumClassified) {
    throw damaged(at, 'rANS classes', 'at most 16 tables and 65536 rows and columns', 'more');
  }
  return shape;
}

function readSide(side: NumberDecoder, shape: Shape, length: number, at: number) {
  const rows = shape.rowCount > 1 ? Math.ceil(length / shape.rowLength) : 1;
  const columns = shape.columnCount > 1 ? shape.rowLength : 1;
  const rowClasses = shape.rowCount > 1 ? getClasses(side, rows, shape.rowCount, 0, at) : new Uint8Array(1);
  const columnClasses =
    shape.columnCount > 1 ? getClasses(side, columns, shape.columnCount, 16, at) : new Uint8Array(1);
  const tables = shape.rowCount * shape.columnCount;
  const slots = new Int32Array(tables * frequencyTotal);
  let before: Uint8Array | null = null;
  for (let t = 0; t < tables; t++) {
    before = getLevels(side, shape.resolution, before);
    if (!before) throw damaged(at, 'frequency table', 'levels in range, one above 0', 'others');
    const frequency = frequencies({ resolution: shape.resolution, levels: before });
    fillSlots(slots.subarray(t * frequencyTotal), frequency);
  }
  if (!side.exact) throw damaged(at, 'rANS side information', 'all bytes to be used', 'another length');
  return { ...shape, rowClasses, columnClasses, slots };
}

type Plan = ReturnType<typeof readSide>;

/**
 * Fills `symbols`, row by row; returns where the words end, or -1 when some are missing. States are unsigned but stay in 32-bit
 * integers: what may be 2^31 and above would become floating point.
 */
function decodeSymbols(
  symbols: Uint8Array,
  states: Int32Array,
  { slots, rowLength, rowCount, rowClasses, columnCount, columnClasses }: Plan,
  coded: Uint8Array,
  firstWord: number,
): number {
  const laneMask = states.length - 1;
  const last = coded.length - 1;
  let at = firstWord;
  for (let first = 0, row = 0; first < symbols.length; first += rowLength || symbols.length, row++) {
    const end = Math.min(symbols.length, first + (rowLength || symbols.length));
    const rowTable = rowCount > 1 ? rowClasses[row]! * columnCount : 0;
    for (let i = first; i < end; i++) {
      const table = columnCount > 1 ? rowTable + columnClasses[i - first]! : rowTable;
      const x = states[i & laneMask]!;
      const slot = slots[(table << 12) | (x & 4095)]!;
      symbols[i] = slot >>> 24;
      let next = (Math.imul(((slot >>> 12) & 4095) + 1, x >>> 12) + (slot & 4095)) | 0;
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

/** Decodes `length` symbols. @param offset where `coded` begins in the container, for messages */
export function decodeRans(coded: Uint8Array, length: number, offset: number): Uint8Array {
  const reader = new ByteReader(coded, offset);
  const shape = readShape(reader, length);
  const sideBytes = reader.bytes(reader.varint('length of rANS side information'), 'rANS side information');
  const plan = readSide(new NumberDecoder(numberContexts, sideBytes), shape, length, offset);
  const states = Int32Array.from({ length: shape.lanes }, () => reader.u32('rANS state'));
  const symbols = new Uint8Array(length);
  const at = decodeSymbols(symbols, states, plan, coded, reader.position);
  if (at < 0) throw damaged(offset + coded.length, 'rANS words', '2 more bytes', 'the end');
  if (at !== coded.length)
    throw damaged(offset + at, 'end of rANS words', 'no more bytes', `${coded.length - at}`);
  if (states.some((state) => state !== 65536))
    throw damaged(offset, 'final rANS states', '65536', 'another value');
  return symbols;
}
