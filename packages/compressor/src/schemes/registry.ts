import type { Target } from '../targets.js';
import { context } from './context.js';
import { integers } from './integers.js';
import { rans } from './rans.js';
import { raw } from './raw.js';
import { records } from './records.js';
import type { Scheme } from './scheme.js';
import { smallTables } from './small-tables.js';
import { weights } from './weights.js';

/** Every scheme by target; adding one is a file and a line here. A result whose tables are too large for the target is not taken. */
export const schemes: Record<Target, readonly Scheme[]> = {
  any: [raw, rans, weights, integers, records, context],
  mcu: [raw, smallTables, integers],
};
