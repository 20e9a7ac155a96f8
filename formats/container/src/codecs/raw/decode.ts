import { damaged } from '../../errors.js';

/** The bytes themselves, `length` of them. @param offset where `coded` begins in the container, for messages */
export function decodeRaw(coded: Uint8Array, length: number, offset: number): Uint8Array {
  if (coded.length !== length) throw damaged(offset, 'raw block', `${length} bytes`, `${coded.length}`);
  return new Uint8Array(coded);
}
