import type { NumberSink } from '../../coding/numbers.js';
import { putClasses } from './class-maps.js';
import { type CodedTable, putTable, TableHistory } from './coded-tables.js';
import { choiceContext } from './contexts.js';
import type { ClassShape } from './shape.js';
import { zigzag } from './tables.js';

/** The table of a class: shared table `shared`, or one of its own when that is -1. */
export interface ClassTable {
  shared: number;
  table: CodedTable;
}

/** What a block's side information says. */
export interface SidePlan extends ClassShape {
  rowClasses: Uint8Array;
  columnClasses: Uint8Array;
  tables: readonly ClassTable[];
}

export function usesShared(tables: readonly ClassTable[]): boolean {
  return tables.some(({ shared }) => shared >= 0);
}

/** The tables of the classes, or the numbers of the shared ones. */
export function putTables(out: NumberSink, tables: readonly ClassTable[]): void {
  const choice = usesShared(tables);
  const history = new TableHistory();
  let before = 0;
  for (const { shared, table } of tables) {
    if (choice) out.put(choiceContext, shared < 0 ? 0 : 1 + zigzag(shared - before));
    if (shared < 0) putTable(out, table, history);
    else before = shared;
  }
}

export function putSide(out: NumberSink, plan: SidePlan): void {
  if (plan.rowCount > 1) putClasses(out, plan.rowClasses, 0);
  if (plan.columnCount > 1) putClasses(out, plan.columnClasses, 16);
  putTables(out, plan.tables);
}
