import { NumberCost } from '../../coding/numbers.js';
import { type CodedTable, putTable, TableHistory } from './coded-tables.js';
import { ransContexts } from './contexts.js';
import { codedBits, fitTables } from './fit.js';
import { fitCurve } from './fit-curve.js';
import { frequencies } from './tables.js';

/** Tables for counts, and what both cost. */
export interface CodedFit {
  tables: CodedTable[];
  bits: number;
}

/** Memory that is used again and again. */
const side = new NumberCost(ransContexts);
const ones = new Float64Array(256);
ones[0] = 1;

/** What tables cost, one after another, with the symbols of each. */
function price(counts: Float64Array[], tables: CodedTable[]): CodedFit {
  side.reset();
  const history = new TableHistory();
  let bits = 0;
  tables.forEach((table, t) => {
    putTable(side, table, history);
    bits += codedBits(counts[t]!, frequencies(table));
  });
  return { tables, bits: bits + side.bits };
}

const cheaper = (a: CodedFit, b: CodedFit): CodedFit => (b.bits < a.bits ? b : a);

/**
 * The cheapest tables for these counts (one array of 256 per table): levels, curves, or some of each.
 *
 * @param thorough tries more shapes of levels
 */
export function fitCodedTables(counts: Float64Array[], thorough: boolean): CodedFit {
  const used = counts.map((table) => (table.some((count) => count > 0) ? table : ones));
  const levels = fitTables(used, thorough).tables.map((table) => ({ ...table, curve: null }));
  const curves = used.map((table) => {
    const [signed, ranks] = [false, true].map((kind) => price([table], [fitCurve(table, kind)]));
    return cheaper(signed!, ranks!).tables[0]!;
  });
  const candidates = [price(used, levels), price(used, curves)];
  if (used.length > 1) {
    const mixed = used.map((table, t) => {
      return cheaper(price([table], [levels[t]!]), price([table], [curves[t]!])).tables[0]!;
    });
    candidates.push(price(used, mixed));
  }
  return candidates.reduce(cheaper);
}
