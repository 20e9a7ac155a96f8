import { ByteReader } from '../../bytes.js';
import { readTaps, weightBits } from './taps.js';

type InnerDecoder = (codec: number, coded: Uint8Array, length: number, offset: number) => Uint8Array;

/** All before the differences, which begin where the reader is. @param offset where `coded` begins in the container */
export function readHead(coded: Uint8Array, length: number, offset: number) {
  const reader = new ByteReader(coded, offset);
  const codec = reader.u8('prediction header');
  const center = reader.u8('prediction center');
  return { codec, center, taps: readTaps(reader, length), reader };
}

/** Decodes `length` bytes. @param inner decodes the differences. @param offset where `coded` begins in the container */
export function decodePrediction(
  coded: Uint8Array,
  length: number,
  offset: number,
  inner: InnerDecoder,
): Uint8Array {
  const { codec, center, taps, reader } = readHead(coded, length, offset);
  const differences = inner(codec, coded.subarray(reader.position), length, reader.offset);
  const values = new Int8Array(length);
  const data = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 1 << (weightBits - 1);
    for (const { distance, weight } of taps) if (distance <= i) sum += weight * values[i - distance]!;
    values[i] = differences[i]! + (sum >> weightBits);
    data[i] = values[i]! + center;
  }
  return data;
}
