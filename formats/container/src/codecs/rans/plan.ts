import { NumberEncoder } from '../../coding/numbers.js';
import { putClasses } from './class-maps.js';
import { classify, histograms } from './classes.js';
import { type Fit, fitTables } from './fit.js';
import { numberContexts } from './tables.js';

/** How a block is to be coded: which table each symbol uses, and the tables. */
export interface RansPlan {
  /** 0 when there is one table for all. */
  rowLength: number;
  rowClasses: Uint8Array;
  columnClasses: Uint8Array;
  rowCount: number;
  columnCount: number;
  fit: Fit;
  bits: number;
}

const single = new Uint8Array(1);
export const maximumTables = 16;
export const maximumClassified = 65536;
/** Rows or columns beyond this are not classified by the encoder: the search would take seconds. */
const searched = 4096;

/** The table of symbol i is rowClass × (number of column classes) + columnClass. */
export function tableOf(
  plan: Pick<RansPlan, 'rowLength' | 'rowClasses' | 'columnClasses' | 'columnCount'>,
  i: number,
) {
  if (plan.rowLength === 0) return 0;
  const row = plan.rowClasses[plan.rowClasses.length > 1 ? Math.floor(i / plan.rowLength) : 0]!;
  const column = plan.columnClasses[plan.columnClasses.length > 1 ? i % plan.rowLength : 0]!;
  return row * plan.columnCount + column;
}

function complete(symbols: Uint8Array, shape: Omit<RansPlan, 'fit' | 'bits'>, thorough: boolean): RansPlan {
  const counts = Array.from({ length: shape.rowCount * shape.columnCount }, () => new Float64Array(256));
  for (let i = 0; i < symbols.length; i++) counts[tableOf(shape, i)]![symbols[i]!]!++;
  const fit = fitTables(counts, thorough);
  const side = new NumberEncoder(numberContexts);
  if (shape.rowCount > 1) putClasses(side, shape.rowClasses, 0);
  if (shape.columnCount > 1) putClasses(side, shape.columnClasses, 16);
  return { ...shape, fit, bits: fit.bits + 8 * side.finish().length };
}

const plain = { rowLength: 0, rowClasses: single, columnClasses: single, rowCount: 1, columnCount: 1 };

type Axis = 'row' | 'column';

function shapeWith(axis: Axis, rowLength: number, classes: Uint8Array, count: number) {
  if (axis === 'row') return { ...plain, rowLength, rowClasses: classes, rowCount: count };
  return { ...plain, rowLength, columnClasses: classes, columnCount: count };
}

/** The cheapest number of classes along one axis, or `best` when none pays. */
function planAxis(symbols: Uint8Array, rowLength: number, axis: Axis, best: RansPlan): RansPlan {
  const lines = axis === 'row' ? Math.ceil(symbols.length / rowLength) : rowLength;
  if (lines < 2 || lines > searched) return best;
  const rows = histograms(symbols, rowLength, axis);
  let cheapest = best;
  for (const count of [2, 4, 8, 16].filter((most) => most <= lines)) {
    const plan = complete(symbols, shapeWith(axis, rowLength, classify(rows, count), count), true);
    if (plan.bits >= cheapest.bits) break;
    cheapest = plan;
  }
  return cheapest;
}

/**
 * Tries one table for all, then classes of rows and of columns for each row length, and takes the cheapest.
 *
 * @param rowLengths lengths in which the data may have structure, such as the number of input channels
 * @param thorough search classes and table shapes (slower), or take a plain table
 */
export function planRans(symbols: Uint8Array, rowLengths: number[], thorough: boolean): RansPlan {
  let best = complete(symbols, plain, thorough);
  if (!thorough) return best;
  for (const rowLength of rowLengths.filter((length) => length >= 1 && length < symbols.length)) {
    for (const axis of ['row', 'column'] as const) best = planAxis(symbols, rowLength, axis, best);
  }
  return best;
}
