/**
 * tables[256 k + b]: the remainder of byte b followed by k zero bytes, so that eight bytes are folded at a time ("slicing by 8",
 * Kounavis and Berry, 2005).
 */
const tables = makeTables();

function makeTables(): Int32Array {
  const entries = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    entries[byte] = crc;
  }
  for (let i = 256; i < entries.length; i++) {
    const before = entries[i - 256]!;
    entries[i] = entries[before & 255]! ^ (before >>> 8);
  }
  return entries;
}

/** CRC-32C (Castagnoli; reflected polynomial 0x82F63B78, initial value and final xor 0xFFFFFFFF), RFC 3720 appendix B.4. */
export function crc32c(data: Uint8Array): number {
  const t = tables;
  const whole = data.length - (data.length % 8);
  let crc = -1;
  let i = 0;
  for (; i < whole; i += 8) {
    const a = crc ^ (data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24));
    crc =
      t[1792 + (a & 255)]! ^
      t[1536 + ((a >>> 8) & 255)]! ^
      t[1280 + ((a >>> 16) & 255)]! ^
      t[1024 + (a >>> 24)]! ^
      t[768 + data[i + 4]!]! ^
      t[512 + data[i + 5]!]! ^
      t[256 + data[i + 6]!]! ^
      t[data[i + 7]!]!;
  }
  for (; i < data.length; i++) crc = t[(crc ^ data[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
