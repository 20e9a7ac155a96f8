import { ByteReader } from '../../bytes.js';
import { NumberDecoder } from '../../coding/numbers.js';
import { damaged } from '../../errors.js';
import { getClasses } from './class-maps.js';
import { maximumClassified, maximumTables, tableOf } from './plan.js';
import { frequencies, frequencyTotal, getLevels, numberContexts } from './tables.js';

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
  if ((head & 15) > 5 || head >> 4 > 3)
    throw damaged(at, 'rANS header', 'lanes to 2^5, resolution to 2^3', `${head}`);
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

/** Slot tables: symbol, frequency and start for each of the 4096 values of the state's low bits. */
function slotTable(frequency: Uint16Array): {
  symbol: Uint8Array;
  frequency: Uint16Array;
  start: Uint16Array;
} {
  const symbol = new Uint8Array(frequencyTotal);
  const start = new Uint16Array(256);
  let sum = 0;
  for (let s = 0; s < 256; s++) {
    start[s] = sum;
    symbol.fill(s, sum, sum + frequency[s]!);
    sum += frequency[s]!;
  }
  return { symbol, frequency, start };
}

function readSide(side: NumberDecoder, shape: Shape, length: number, at: number) {
  const rows = shape.rowCount > 1 ? Math.ceil(length / shape.rowLength) : 1;
  const columns = shape.columnCount > 1 ? shape.rowLength : 1;
  const rowClasses = shape.rowCount > 1 ? getClasses(side, rows, shape.rowCount, 0, at) : new Uint8Array(1);
  const columnClasses =
    shape.columnCount > 1 ? getClasses(side, columns, shape.columnCount, 16, at) : new Uint8Array(1);
  const tables = [];
  let before: Uint8Array | null = null;
  for (let t = 0; t < shape.rowCount * shape.columnCount; t++) {
    before = getLevels(side, shape.resolution, before);
    if (!before) throw damaged(at, 'frequency table', 'levels in range, one above 0', 'others');
    tables.push(slotTable(frequencies({ resolution: shape.resolution, levels: before })));
  }
  if (!side.exact) throw damaged(at, 'rANS side information', 'all bytes to be used', 'another length');
  return { ...shape, rowClasses, columnClasses, tables };
}

/** Decodes `length` symbols. @param offset where `coded` begins in the container, for messages */
export function decodeRans(coded: Uint8Array, length: number, offset: number): Uint8Array {
  const reader = new ByteReader(coded, offset);
  const shape = readShape(reader, length);
  const sideBytes = reader.bytes(reader.varint('length of rANS side information'), 'rANS side information');
  const plan = readSide(new NumberDecoder(numberContexts, sideBytes), shape, length, offset);
  const states = Float64Array.from({ length: shape.lanes }, () => reader.u32('rANS state'));
  const symbols = new Uint8Array(length);
  let at = reader.position;
  for (let i = 0; i < length; i++) {
    const table = plan.tables[plan.tables.length > 1 ? tableOf(plan, i) : 0]!;
    const lane = i % shape.lanes;
    const x = states[lane]!;
    const slot = x % frequencyTotal;
    const symbol = table.symbol[slot]!;
    symbols[i] = symbol;
    let next = table.frequency[symbol]! * Math.floor(x / frequencyTotal) + slot - table.start[symbol]!;
    if (next < 65536) {
      if (at + 2 > coded.length)
        throw damaged(offset + at, 'rANS words', '2 more bytes', `${coded.length - at}`);
      next = next * 65536 + coded[at]! + coded[at + 1]! * 256;
      at += 2;
    }
    states[lane] = next;
  }
  if (at !== coded.length)
    throw damaged(offset + at, 'end of rANS words', 'no more bytes', `${coded.length - at}`);
  if (states.some((state) => state !== 65536))
    throw damaged(offset, 'final rANS states', '65536', 'another value');
  return symbols;
}
