import { ByteReader } from '../../bytes.js';
import { frequencyTableBytes } from '../rans/table-bytes.js';
import { readHead, wordCount } from './decode.js';

/** Bytes of lookup tables that decoding this block takes: a frequency table for each class of segments. */
export function integersTableBytes(coded: Uint8Array, length: number, offset: number): number {
  const { classes, totalLog2 } = readHead(new ByteReader(coded, offset), wordCount(coded, length));
  return classes * frequencyTableBytes(totalLog2);
}
