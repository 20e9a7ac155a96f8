import { ringPositions, rows } from './contexts.js';

/** Count and frequencies of a row, 16 numbers of 2 bytes; weights of mixed rows; a literal or a copy started: 2 bits per position. */
const bytes = rows.count * 16 * 2 + 2 * 6 * 6 * 2 + ringPositions / 4;

/** Bytes of the tables that decoding records takes, whatever the block (SPEC.md, "Decoder tables"). */
export const recordsTableBytes = (): number => bytes;
