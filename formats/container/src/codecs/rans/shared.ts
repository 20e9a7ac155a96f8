/** Tables that several blocks share: they stand once in the container's header. */
import { NumberDecoder, NumberEncoder } from '../../coding/numbers.js';
import { damaged } from '../../errors.js';
import { type CodedTable, getTable, putTable, TableHistory } from './coded-tables.js';
import { ransContexts } from './contexts.js';
import { fillSlots, frequencies, frequencyTotal } from './tables.js';

/** Most shared tables of a container, and most bytes that they may be coded in. */
export const sharedLimits = { tables: 64, bytes: 16384 };

/** What blocks may refer to; it is read before the first of them. */
export interface Environment {
  /** Slots of the shared tables, 4096 each. */
  sharedTables: readonly Int32Array[];
}

export const noEnvironment: Environment = { sharedTables: [] };

/** The tables as numbers; empty when there are none. */
export function writeSharedTables(tables: readonly CodedTable[]): Uint8Array {
  if (tables.length === 0) return new Uint8Array(0);
  const out = new NumberEncoder(ransContexts);
  const history = new TableHistory();
  for (const table of tables) putTable(out, table, history);
  return out.finish();
}

/** Bytes that they take in the header: their count, their length and themselves. */
export function sharedTablesBytes(tables: readonly CodedTable[]): number {
  return tables.length === 0 ? 1 : writeSharedTables(tables).length + 3;
}

/** Slots of `count` tables. @param offset where `bytes` begin in the container, for messages */
export function readSharedTables(bytes: Uint8Array, count: number, offset: number): Int32Array[] {
  if (count === 0) return [];
  const input = new NumberDecoder(ransContexts, bytes);
  const history = new TableHistory();
  const tables = Array.from({ length: count }, (_, index) => {
    const table = getTable(input, history);
    if (!table) throw damaged(offset, `shared table ${index}`, 'levels in range, one above 0', 'others');
    const slots = new Int32Array(frequencyTotal);
    fillSlots(slots, frequencies(table));
    return slots;
  });
  if (!input.exact) throw damaged(offset, 'shared tables', 'all bytes to be used', 'another length');
  return tables;
}
