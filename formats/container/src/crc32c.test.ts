import { expect, it } from 'vitest';
import { crc32c } from './crc32c.js';

it('has the check values of RFC 3720, appendix B.4', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});

it('folds eight bytes at a time to what single bits give', () => {
  const bitwise = (data: Uint8Array) => {
    let crc = 0xffffffff;
    for (const byte of data) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
    return ~crc >>> 0;
  };
  const data = Uint8Array.from({ length: 200 }, (_, i) => (i * i * 31 + 7 * i) & 255);
  for (let from = 0; from < 9; from++) {
    for (let to = from; to < data.length; to++)
      expect(crc32c(data.subarray(from, to))).toBe(bitwise(data.subarray(from, to)));
  }
});
