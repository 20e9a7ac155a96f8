/**
 * Symbols below 2^bits, packed from the lowest bit on.
 *
 * @param bits 1 to 7
 */
export function encodeBits(symbols: Uint8Array, bits: number): Uint8Array {
  const coded = new Uint8Array(1 + Math.ceil((symbols.length * bits) / 8));
  coded[0] = bits;
  let word = 0;
  let have = 0;
  let at = 1;
  for (const symbol of symbols) {
    word |= symbol << have;
    have += bits;
    if (have < 8) continue;
    coded[at++] = word;
    word >>= 8;
    have -= 8;
  }
  if (have > 0) coded[at] = word;
  return coded;
}
