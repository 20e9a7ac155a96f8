/** Frequency tables as they are coded in rANS blocks and in the container's header: levels of every symbol, or a curve. */
import type { NumberDecoder, NumberSink } from '../../coding/numbers.js';
import { kindContext } from './contexts.js';
import { type Curve, curveLevels, getCurve, putCurve } from './curves.js';
import { getLevels, type LevelTable, putLevels } from './tables.js';

/** A table, and the curve when it is coded as one. */
export interface CodedTable extends LevelTable {
  curve: Curve | null;
}

/** 0 to 3: levels, with log2 of their resolution; then curves. */
const signedCurve = 4;
const rankCurve = 5;

/** The levels that the levels of a table are differences from: of the last one that has the same resolution and no curve. */
export class TableHistory {
  readonly #levels = new Map<number, Uint8Array>();

  before(resolution: number): Uint8Array | null {
    return this.#levels.get(resolution) ?? null;
  }
  add({ resolution, levels, curve }: CodedTable): void {
    if (!curve) this.#levels.set(resolution, levels);
  }
}

export function putTable(out: NumberSink, table: CodedTable, history: TableHistory): void {
  const { resolution, levels, curve } = table;
  if (curve) {
    out.put(kindContext, curve.ranks ? rankCurve : signedCurve);
    putCurve(out, curve);
  } else {
    out.put(kindContext, Math.log2(resolution));
    putLevels(out, levels, history.before(resolution));
  }
  history.add(table);
}

/** Reads a table; null when a number is out of range. */
export function getTable(input: NumberDecoder, history: TableHistory): CodedTable | null {
  const kind = input.get(kindContext);
  if (kind > rankCurve) return null;
  let table: CodedTable | null = null;
  if (kind >= signedCurve) {
    const curve = getCurve(input, kind === rankCurve);
    const levels = curve && curveLevels(curve);
    table = levels && { ...levels, curve };
  } else {
    const levels = getLevels(input, 2 ** kind, history.before(2 ** kind));
    table = levels && { resolution: 2 ** kind, levels, curve: null };
  }
  if (table) history.add(table);
  return table;
}
