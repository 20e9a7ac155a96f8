import { ByteWriter } from '../../bytes.js';
import { type Tap, weightBits, writeTaps } from './taps.js';

/** What is left of data when it is predicted. */
export interface Predicted {
  differences: Uint8Array;
  /** The codec's bytes before those of the inner codec, given its id. */
  head: (innerCodec: number) => Uint8Array;
}

/** Signed values around the center, modulo 256. */
export function centered(data: Uint8Array, center: number): Int8Array {
  const values = new Int8Array(data);
  for (let i = 0; i < values.length; i++) values[i]! -= center;
  return values;
}

/**
 * Differences from a linear prediction.
 *
 * @param center the byte that stands for 0
 * @param taps 1 to 4, with distances up to the length of the data and magnitudes of weights that add up to at most 255
 */
export function toPredicted(data: Uint8Array, center: number, taps: readonly Tap[]): Predicted {
  const values = centered(data, center);
  const differences = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    let sum = 1 << (weightBits - 1);
    for (const { distance, weight } of taps) if (distance <= i) sum += weight * values[i - distance]!;
    differences[i] = values[i]! - (sum >> weightBits);
  }
  const head = (innerCodec: number): Uint8Array => {
    const out = new ByteWriter();
    out.u8(innerCodec);
    out.u8(center);
    writeTaps(out, taps);
    return out.finish();
  };
  return { differences, head };
}
