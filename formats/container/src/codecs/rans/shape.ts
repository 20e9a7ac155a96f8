import type { ByteReader, ByteWriter } from '../../bytes.js';
import { damaged } from '../../errors.js';
import { sharedLimits } from './shared.js';
import { leastTotalLog2, mostTotalLog2 } from './tables.js';

export const maximumTables = 16;
export const maximumClassified = 65536;
export const maximumLanesLog2 = 6;

/** How symbols map to classes: the class of a symbol is row class × (number of column classes) + column class. */
export interface ClassShape {
  /** 0 when there is one class for all. */
  rowLength: number;
  rowCount: number;
  columnCount: number;
}

/** The first bytes of a block. */
export interface RansHead extends ClassShape {
  lanes: number;
  totalLog2: number;
  /** The shared table that codes everything, or -1 when there is side information. */
  sharedTable: number;
  /** Whether each class says if it uses a shared table; else all have one of their own. */
  choice: boolean;
}

export const oneClass: ClassShape = { rowLength: 0, rowCount: 1, columnCount: 1 };

/** What the second byte says: one own table, classes with own or with any tables, or from here on the shared table for all. */
const ownTable = 0;
const ownClasses = 1;
const sharedClasses = 2;
const firstShared = 3;

/** Rows and columns that have a class in the side information. */
export function classifiedLines({ rowLength, rowCount, columnCount }: ClassShape, length: number) {
  return {
    rows: rowCount > 1 ? Math.ceil(length / rowLength) : 1,
    columns: columnCount > 1 ? rowLength : 1,
  };
}

export function writeHead(out: ByteWriter, head: RansHead): void {
  out.u8(Math.log2(head.lanes) | ((head.totalLog2 - leastTotalLog2) << 4));
  if (head.sharedTable >= 0) out.u8(firstShared + head.sharedTable);
  else out.u8(head.rowLength === 0 ? ownTable : head.choice ? sharedClasses : ownClasses);
  if (head.rowLength === 0) return;
  out.varint(head.rowLength);
  out.u8(head.rowCount);
  out.u8(head.columnCount);
}

/** @param shared number of shared tables. @param length bytes of the block */
export function readHead(reader: ByteReader, length: number, shared: number): RansHead {
  const at = reader.offset;
  const first = reader.u8('rANS header');
  if ((first & 15) > maximumLanesLog2 || first >> 4 > mostTotalLog2 - leastTotalLog2)
    throw damaged(at, 'rANS header', 'lanes to 2^6, frequencies to 2^12', `${first}`);
  const totalLog2 = leastTotalLog2 + (first >> 4);
  const head = { lanes: 2 ** (first & 15), totalLog2, sharedTable: -1, choice: false, ...oneClass };
  const form = reader.u8('rANS form');
  if (form >= firstShared) {
    head.sharedTable = form - firstShared;
    expectShared(head.sharedTable, shared, totalLog2, at);
    return head;
  }
  if (form === ownTable) return head;
  head.choice = form === sharedClasses;
  head.rowLength = reader.bounded('row length', 1, length);
  head.rowCount = reader.bounded('row classes', 1, maximumTables);
  head.columnCount = reader.bounded('column classes', 1, maximumTables);
  const { rows, columns } = classifiedLines(head, length);
  if (head.rowCount * head.columnCount > maximumTables || Math.max(rows, columns) > maximumClassified) {
    throw damaged(at, 'rANS classes', 'at most 16 tables and 65536 rows and columns', 'more');
  }
  return head;
}

/** Shared tables have 2^12 slots: only blocks whose frequencies add up to as much can use them. */
export function expectShared(index: number, shared: number, totalLog2: number, at: number): void {
  if (index >= 0 && index < Math.min(shared, sharedLimits.tables) && totalLog2 === mostTotalLog2) return;
  throw damaged(at, 'shared table of a rANS block', `below ${shared}, with 2^12 slots`, `${index}`);
}
