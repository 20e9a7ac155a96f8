import { ByteReader } from '../../bytes.js';
import { damaged } from '../../errors.js';

/** Decodes `length` symbols. @param offset where `coded` begins in the container, for messages */
export function decodeBits(coded: Uint8Array, length: number, offset: number): Uint8Array {
  const reader = new ByteReader(coded, offset);
  const bits = reader.u8('bits per symbol');
  if (bits < 1 || bits > 7) throw damaged(offset, 'bits per symbol', '1 to 7', `${bits}`);
  const size = Math.ceil((length * bits) / 8);
  if (reader.remaining !== size)
    throw damaged(reader.offset, 'packed symbols', `${size} bytes`, `${reader.remaining}`);
  const symbols = new Uint8Array(length);
  const mask = (1 << bits) - 1;
  let word = 0;
  let have = 0;
  let at = reader.position;
  for (let i = 0; i < length; i++) {
    if (have < bits) {
      word |= coded[at++]! << have;
      have += 8;
    }
    symbols[i] = word & mask;
    word >>= bits;
    have -= bits;
  }
  if (word !== 0) throw damaged(offset + at - 1, 'bits after the last symbol', '0', `${word}`);
  return symbols;
}
