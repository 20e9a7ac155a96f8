import { context } from './context.js';
import { integers } from './integers.js';
import { rans } from './rans.js';
import { raw } from './raw.js';
import { records } from './records.js';
import type { Scheme } from './scheme.js';
import { weights } from './weights.js';

/** Every scheme; adding one is a file and a line here. */
export const schemes: readonly Scheme[] = [raw, rans, weights, integers, records, context];
