import { ByteReader } from '../../bytes.js';
import { damaged } from '../../errors.js';

type InnerDecoder = (codec: number, coded: Uint8Array, length: number, offset: number) => Uint8Array;

function countBits(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) for (let left = byte; left !== 0; left &= left - 1) count++;
  return count;
}

/** All before the other values, which begin where the reader is, and how many they are. */
export function readHead(coded: Uint8Array, length: number, offset: number) {
  const reader = new ByteReader(coded, offset);
  const codec = reader.u8('bitmap header');
  const center = reader.u8('bitmap center');
  const bitmap = reader.bytes(Math.ceil(length / 8), 'bitmap');
  if (length % 8 !== 0 && bitmap[bitmap.length - 1]! >> (length % 8) !== 0)
    throw damaged(reader.offset - 1, 'bits after the last byte', '0', 'others');
  return { codec, center, bitmap, count: countBits(bitmap), reader };
}

/** Decodes `length` bytes. @param inner decodes the other values. @param offset where `coded` begins in the container */
export function decodeBitmap(
  coded: Uint8Array,
  length: number,
  offset: number,
  inner: InnerDecoder,
): Uint8Array {
  const { codec, center, bitmap, count, reader } = readHead(coded, length, offset);
  const others = inner(codec, coded.subarray(reader.position), count, reader.offset);
  const data = new Uint8Array(length).fill(center);
  for (let i = 0, next = 0; i < length; i++) if ((bitmap[i >> 3]! >> (i & 7)) & 1) data[i] = others[next++]!;
  return data;
}
