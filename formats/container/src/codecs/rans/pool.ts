/** Tables that the blocks of a container may share, as the encoder sees them: what each symbol costs with each. */
import { NumberCost } from '../../coding/numbers.js';
import type { CodedTable } from './coded-tables.js';
import { ransContexts } from './contexts.js';
import { type ClassTable, putTables } from './side.js';
import { frequencies, frequencyTotal } from './tables.js';

/** What a symbol costs that a table does not have. */
const impossible = 1e9;

const bitsOf = Float64Array.from({ length: frequencyTotal + 1 }, (_, f) =>
  f === 0 ? impossible : 12 - Math.log2(f),
);

export class TablePool {
  /** Bits of every symbol, 256 per table. */
  readonly costs: Float64Array;

  constructor(readonly tables: readonly CodedTable[]) {
    this.costs = new Float64Array(256 * tables.length);
    tables.forEach((table, t) => {
      const frequency = frequencies(table);
      for (let s = 0; s < 256; s++) this.costs[256 * t + s] = bitsOf[frequency[s]!]!;
    });
  }
  get size(): number {
    return this.tables.length;
  }
  /** Bits of symbols with these counts in one of the tables. */
  bits(counts: Float64Array, table: number): number {
    let bits = 0;
    for (let s = 0; s < 256; s++) if (counts[s]! > 0) bits += counts[s]! * this.costs[256 * table + s]!;
    return bits;
  }
  /** The table that codes them in the fewest bits; -1 in an empty pool, or when none has all symbols. */
  best(counts: Float64Array): { table: number; bits: number } {
    let best = { table: -1, bits: impossible };
    for (let t = 0; t < this.size; t++) {
      const bits = this.bits(counts, t);
      if (bits < best.bits) best = { table: t, bits };
    }
    return best;
  }
  shared(table: number): ClassTable {
    return { shared: table, table: this.tables[table]! };
  }
}

export const noPool = new TablePool([]);

export function ownTables(tables: readonly CodedTable[]): ClassTable[] {
  return tables.map((table) => ({ shared: -1, table }));
}

/** Tables for classes, and what tables and symbols cost. */
export interface ChosenTables {
  tables: ClassTable[];
  bits: number;
}

/** Memory that is used again and again. */
const side = new NumberCost(ransContexts);

function symbolBits(counts: Float64Array, table: CodedTable): number {
  const frequency = frequencies(table);
  let bits = 0;
  for (let s = 0; s < 256; s++) if (counts[s]! > 0) bits += counts[s]! * bitsOf[frequency[s]!]!;
  return bits;
}

/** What these tables cost with the symbols of each class; very much when one lacks a symbol. */
export function priceTables(counts: Float64Array[], tables: ClassTable[]): ChosenTables {
  side.reset();
  putTables(side, tables);
  const symbols = counts.reduce((sum, one, t) => sum + symbolBits(one, tables[t]!.table), 0);
  return { tables, bits: side.bits + symbols };
}

/** Rough cost of naming a shared table, and of saying that there is an own one. */
const choiceBits = 4;

/** For each class its own table, or one of the pool where that is cheaper. */
export function chooseTables(counts: Float64Array[], own: ClassTable[], pool: TablePool): ChosenTables {
  const some = counts.map((one, t): ClassTable => {
    const best = pool.best(one);
    const single = priceTables([one], [own[t]!]);
    return best.table >= 0 && best.bits + choiceBits < single.bits ? pool.shared(best.table) : own[t]!;
  });
  const [all, mixed] = [priceTables(counts, own), priceTables(counts, some)];
  return mixed.bits < all.bits ? mixed : all;
}
