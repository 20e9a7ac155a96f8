import { numberContexts } from './tables.js';

/** What kind a table is of. */
export const kindContext = numberContexts;
/** Which shared table a class uses, or that it has one of its own. */
export const choiceContext = numberContexts + 1;
/** Curves: count, edge, and knots by their index (up to 4). */
export const curveContext = numberContexts + 2;
/** Number contexts of a rANS block's side information and of the shared tables. */
export const ransContexts = curveContext + 7;
