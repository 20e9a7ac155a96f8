import { NumberCost } from '../../coding/numbers.js';
import { putClasses } from './class-maps.js';
import { byEntropy, classCounts, classify, histograms, type Lines } from './classes.js';
import { codedBits, entropyBits } from './fit.js';
import { fitCodedTables } from './fit-coded.js';
import { fitCurve } from './fit-curve.js';
import { classifyByPool } from './plan-pool.js';
import { classifyProduct } from './plan-product.js';
import { chooseTables, ownTables, priceTables, type TablePool } from './pool.js';
import { maximumTables } from './shape.js';
import type { ClassTable, SidePlan } from './side.js';
import { frequencies, type LevelTable } from './tables.js';

/** How a block is to be coded: which table each symbol uses, and the tables. */
export interface RansPlan extends SidePlan {
  tables: ClassTable[];
  /** What symbols, tables and class maps will cost, with the bytes of the head that other plans may not have. */
  bits: number;
}

const single = new Uint8Array(1);
const plain = { rowLength: 0, rowClasses: single, columnClasses: single, rowCount: 1, columnCount: 1 };
/** Rows or columns beyond this are not classified by the encoder: the search would take seconds. */
const searched = 4096;
/** Symbols beyond which classes of rows and columns are not searched together. */
const searchedTogether = 2 ** 19;
/** Symbols beyond which few shapes of tables are tried during the search. */
const searchedThoroughly = 2 ** 14;
/** Both axes are searched together only where one alone gains as much as this. */
const promising = 0.995;
/** Length of the side information; and with it row length and numbers of classes. */
const sideHead = 8;
const classesHead = 40;

/** The class of each of `length` symbols, row class × (number of column classes) + column class; null when there is one. */
export function classesOf(
  plan: Pick<RansPlan, 'rowLength' | 'rowClasses' | 'columnClasses' | 'rowCount' | 'columnCount'>,
  length: number,
): Uint8Array | null {
  const { rowLength, rowClasses, columnClasses, rowCount, columnCount } = plan;
  if (rowCount * columnCount === 1) return null;
  const tables = new Uint8Array(length);
  for (let first = 0, row = 0; first < length; first += rowLength, row++) {
    const end = Math.min(length, first + rowLength);
    const base = rowCount > 1 ? rowClasses[row]! * columnCount : 0;
    if (columnCount === 1) tables.fill(base, first, end);
    else for (let i = first; i < end; i++) tables[i] = base + columnClasses[i - first]!;
  }
  return tables;
}

/** Symbols of each class, 256 counts per class. */
export function planCounts(symbols: Uint8Array, plan: RansPlan): Float64Array[] {
  const classes = classesOf(plan, symbols.length);
  const counts = plan.tables.map(() => new Float64Array(256));
  for (let i = 0; i < symbols.length; i++) counts[classes ? classes[i]! : 0]![symbols[i]!]!++;
  return counts;
}

/** Bits that the first symbols of a block cost with the tables of its plan, without what tables and class maps cost. */
export function ransBits(symbols: Uint8Array, plan: RansPlan): number {
  const counts = planCounts(symbols, plan);
  return counts.reduce((sum, table, t) => sum + codedBits(table, frequencies(plan.tables[t]!.table)), 0);
}

/** A plan whose tables are all its own, and changed by `change`. */
export function withOwnTables(plan: RansPlan, change: (table: LevelTable) => LevelTable): RansPlan {
  const tables = plan.tables.map(({ table }) => ({ shared: -1, table: { ...change(table), curve: null } }));
  return { ...plan, tables };
}

function countAll(symbols: Uint8Array): Float64Array {
  const counts = new Float64Array(256);
  for (let i = 0; i < symbols.length; i++) counts[symbols[i]!]!++;
  return counts;
}

/**
 * One table for all symbols.
 *
 * @param thorough tries more shapes of the table
 */
export function planSingle(symbols: Uint8Array, thorough: boolean): RansPlan {
  const own = fitCodedTables([countAll(symbols)], thorough);
  return { ...plain, tables: ownTables(own.tables), bits: own.bits + sideHead };
}

/** One curve for all symbols, as signed bytes: the quickest plan. */
export function planCurve(symbols: Uint8Array): RansPlan {
  const counts = countAll(symbols);
  const { tables, bits } = priceTables([counts], ownTables([fitCurve(counts, false)]));
  return { ...plain, tables, bits: bits + sideHead };
}

type Axis = 'row' | 'column';

function shapeWith(axis: Axis, rowLength: number, classes: Uint8Array, count: number) {
  if (axis === 'row') return { ...plain, rowLength, rowClasses: classes, rowCount: count };
  return { ...plain, rowLength, columnClasses: classes, columnCount: count };
}

function mapBits(classes: Uint8Array): number {
  const cost = new NumberCost(maximumTables);
  putClasses(cost, classes, 0);
  return cost.bits;
}

/** What the search along one axis found on its way. */
interface Found {
  best: RansPlan;
  lines: Lines | null;
}

/** Classes by likeness; `best` stays when none pays. */
function planByLikeness(lines: Lines, rowLength: number, axis: Axis, found: Found, thorough: boolean): void {
  const order = byEntropy(lines);
  for (const most of [2, 4, 8, 16].filter((number) => number <= order.length)) {
    const classes = classify(lines, order, most);
    const counts = classCounts(lines, classes, most);
    const side = mapBits(classes) + classesHead;
    // No table is better than entropy: what costs more without tables needs none to be fitted.
    if (counts.reduce((sum, table) => sum + entropyBits(table), side) >= found.best.bits) break;
    const fit = fitCodedTables(counts, thorough);
    if (fit.bits + side >= found.best.bits) break;
    const shape = shapeWith(axis, rowLength, classes, most);
    found.best = { ...shape, tables: ownTables(fit.tables), bits: fit.bits + side };
  }
}

/** Numbers of classes of rows and of columns; those behind the first are tried when it pays. */
const pairs = [
  [2, 2],
  [4, 4],
  [8, 2],
  [2, 8],
] as const;

/** Classes of rows and columns together, begun with what each axis has alone. */
function planTogether(symbols: Uint8Array, rowLength: number, row: Found, column: Found): RansPlan {
  let { best } = column;
  if (!row.lines || !column.lines) return best;
  const orders = [byEntropy(row.lines), byEntropy(column.lines)] as const;
  for (const [rowCount, columnCount] of pairs) {
    const before = best;
    const rowClasses = classify(row.lines, orders[0], rowCount);
    const columnClasses = classify(column.lines, orders[1], columnCount);
    const start = { rowClasses, columnClasses, rowCount, columnCount };
    const { counts, ...shape } = classifyProduct(symbols, rowLength, start);
    const side = mapBits(shape.rowClasses) + mapBits(shape.columnClasses) + classesHead;
    const isPossible = counts.reduce((sum, table) => sum + entropyBits(table), side) < best.bits;
    const fit = isPossible ? fitCodedTables(counts, symbols.length <= searchedThoroughly) : null;
    if (fit && fit.bits + side < best.bits)
      best = { ...shape, rowLength, tables: ownTables(fit.tables), bits: fit.bits + side };
    if (best === before && symbols.length > searchedThoroughly) break;
  }
  return best;
}

function planAxis(symbols: Uint8Array, rowLength: number, axis: Axis, best: RansPlan): Found {
  const found: Found = { best, lines: linesOf(symbols, rowLength, axis) };
  if (found.lines) planByLikeness(found.lines, rowLength, axis, found, symbols.length <= searchedThoroughly);
  return found;
}

/** Histograms of rows or columns; null when there are too few or too many to be classified. */
function linesOf(symbols: Uint8Array, rowLength: number, axis: Axis): Lines | null {
  const count = axis === 'row' ? Math.ceil(symbols.length / rowLength) : rowLength;
  return count < 2 || count > searched ? null : histograms(symbols, rowLength, axis);
}

/**
 * Tries classes of rows, of columns and of both for each row length, and takes the cheapest.
 *
 * @param best what they must be cheaper than: one table for all (`planSingle`)
 * @param rowLengths lengths in which the data may have structure, such as the number of input channels
 */
export function planClasses(symbols: Uint8Array, rowLengths: number[], best: RansPlan): RansPlan {
  let cheapest = best;
  for (const rowLength of rowLengths.filter((length) => length >= 1 && length < symbols.length)) {
    const row = planAxis(symbols, rowLength, 'row', cheapest);
    const column = planAxis(symbols, rowLength, 'column', row.best);
    const together = symbols.length <= searchedTogether && column.best.bits < promising * best.bits;
    cheapest = together ? planTogether(symbols, rowLength, row, column) : column.best;
  }
  return cheapest === best ? best : refitted(symbols, cheapest);
}

/** The same classes with tables of more shapes tried than in the search. */
function refitted(symbols: Uint8Array, plan: RansPlan): RansPlan {
  const counts = planCounts(symbols, plan);
  const before = priceTables(counts, plan.tables);
  const fit = fitCodedTables(counts, true);
  if (fit.bits >= before.bits) return plan;
  return { ...plan, tables: ownTables(fit.tables), bits: plan.bits - before.bits + fit.bits };
}

/** The same classes, each with a table of the pool where that is cheaper. */
function withPool(symbols: Uint8Array, plan: RansPlan, pool: TablePool): RansPlan {
  if (plan.rowLength === 0) return plan;
  const counts = planCounts(symbols, plan);
  const before = priceTables(counts, plan.tables);
  const after = chooseTables(counts, plan.tables, pool);
  return { ...plan, tables: after.tables, bits: plan.bits - before.bits + after.bits };
}

/** Each line chooses among the tables of the pool. */
function planByPool(lines: Lines, rowLength: number, axis: Axis, pool: TablePool, best: RansPlan) {
  const { classes, tables } = classifyByPool(lines, pool);
  if (tables.length < 2) return best;
  const side = mapBits(classes) + classesHead;
  const shared = tables.map((table) => pool.shared(table));
  const priced = priceTables(classCounts(lines, classes, tables.length), shared);
  if (priced.bits + side >= best.bits) return best;
  const shape = shapeWith(axis, rowLength, classes, tables.length);
  return { ...shape, tables: shared, bits: priced.bits + side };
}

/**
 * The cheapest plan with shared tables: the one given, with some of its tables shared, or one table for all, or lines that choose among the
 * shared tables.
 *
 * @param rowLengths as for `planClasses`; none: one table for all
 * @param plan with tables of its own
 */
export function planShared(
  symbols: Uint8Array,
  rowLengths: number[],
  plan: RansPlan,
  pool: TablePool,
): RansPlan {
  if (pool.size === 0) return plan;
  let best = withPool(symbols, plan, pool);
  const all = pool.best(countAll(symbols));
  if (all.table >= 0 && all.bits < best.bits)
    best = { ...plain, tables: [pool.shared(all.table)], bits: all.bits };
  if (pool.size === 1) return best;
  for (const rowLength of rowLengths.filter((length) => length >= 1 && length < symbols.length)) {
    for (const axis of ['row', 'column'] as const) {
      const lines = linesOf(symbols, rowLength, axis);
      if (lines) best = planByPool(lines, rowLength, axis, pool, best);
    }
  }
  return best;
}
