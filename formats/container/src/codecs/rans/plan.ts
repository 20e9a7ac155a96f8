import { NumberCost } from '../../coding/numbers.js';
import { putClasses } from './class-maps.js';
import { byEntropy, classCounts, classify, histograms } from './classes.js';
import { codedBits, entropyBits, type Fit, fitTables } from './fit.js';
import { frequencies } from './tables.js';

/** How a block is to be coded: which table each symbol uses, and the tables. */
export interface RansPlan {
  /** 0 when there is one table for all. */
  rowLength: number;
  rowClasses: Uint8Array;
  columnClasses: Uint8Array;
  rowCount: number;
  columnCount: number;
  fit: Fit;
  /** What symbols, tables and class maps will cost. */
  bits: number;
}

const single = new Uint8Array(1);
export const maximumTables = 16;
export const maximumClassified = 65536;
/** Rows or columns beyond this are not classified by the encoder: the search would take seconds. */
const searched = 4096;

/**
 * The table of each of `length` symbols, row class × (number of column classes) + column class; null when there is one
 * table for all.
 */
export function tablesOf(
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

/** Bits that the first symbols of a block cost with the tables of its plan, without what tables and class maps cost. */
export function ransBits(symbols: Uint8Array, plan: RansPlan): number {
  const tables = tablesOf(plan, symbols.length);
  const counts = plan.fit.tables.map(() => new Float64Array(256));
  for (let i = 0; i < symbols.length; i++) counts[tables ? tables[i]! : 0]![symbols[i]!]!++;
  return counts.reduce((sum, table, t) => sum + codedBits(table, frequencies(plan.fit.tables[t]!)), 0);
}

const plain = { rowLength: 0, rowClasses: single, columnClasses: single, rowCount: 1, columnCount: 1 };

/**
 * One table for all symbols.
 *
 * @param thorough tries more shapes of the table
 */
export function planSingle(symbols: Uint8Array, thorough: boolean): RansPlan {
  const counts = new Float64Array(256);
  for (let i = 0; i < symbols.length; i++) counts[symbols[i]!]!++;
  const fit = fitTables([counts], thorough);
  return { ...plain, fit, bits: fit.bits };
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

/** The cheapest number of classes along one axis, or `best` when none pays. */
function planAxis(symbols: Uint8Array, rowLength: number, axis: Axis, best: RansPlan): RansPlan {
  const count = axis === 'row' ? Math.ceil(symbols.length / rowLength) : rowLength;
  if (count < 2 || count > searched) return best;
  const lines = histograms(symbols, rowLength, axis);
  const order = byEntropy(lines);
  let cheapest = best;
  for (const most of [2, 4, 8, 16].filter((number) => number <= count)) {
    const classes = classify(lines, order, most);
    const counts = classCounts(lines, classes, most);
    const side = mapBits(classes);
    // No table is better than entropy: what costs more without tables needs none to be fitted.
    if (counts.reduce((sum, table) => sum + entropyBits(table), side) >= cheapest.bits) break;
    const fit = fitTables(counts, true);
    if (fit.bits + side >= cheapest.bits) break;
    cheapest = { ...shapeWith(axis, rowLength, classes, most), fit, bits: fit.bits + side };
  }
  return cheapest;
}

/**
 * Tries classes of rows and of columns for each row length, and takes the cheapest.
 *
 * @param best what they must be cheaper than: one table for all (`planSingle`)
 * @param rowLengths lengths in which the data may have structure, such as the number of input channels
 */
export function planClasses(symbols: Uint8Array, rowLengths: number[], best: RansPlan): RansPlan {
  let cheapest = best;
  for (const rowLength of rowLengths.filter((length) => length >= 1 && length < symbols.length)) {
    for (const axis of ['row', 'column'] as const) cheapest = planAxis(symbols, rowLength, axis, cheapest);
  }
  return cheapest;
}
