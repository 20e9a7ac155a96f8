import { ByteReader } from '../../bytes.js';
import { readHead } from './shape.js';
import type { Environment } from './shared.js';

/** One frequency table: a byte for the symbol of each slot, and frequency and start (2 bytes each) of each symbol. */
export const frequencyTableBytes = (totalLog2: number): number => 2 ** totalLog2 + 4 * 256;

/** Bytes of lookup tables that decoding this block takes. @param offset where `coded` begins in the container */
export function ransTableBytes(
  coded: Uint8Array,
  length: number,
  offset: number,
  { sharedTables }: Environment,
): number {
  const reader = new ByteReader(coded, offset);
  const { rowCount, columnCount, totalLog2 } = readHead(reader, length, sharedTables.length);
  return rowCount * columnCount * frequencyTableBytes(totalLog2);
}
