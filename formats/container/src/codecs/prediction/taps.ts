import type { ByteReader, ByteWriter } from '../../bytes.js';
import { damaged } from '../../errors.js';

/** One earlier value, and its part in the prediction. */
export interface Tap {
  /** How many values back. */
  distance: number;
  /** -128 to 127, in 1/64. */
  weight: number;
}

/** Magnitudes of all weights together: sums of products with signed bytes then fit into 16 bits. */
export const limits = { taps: 4, weights: 255 };
/** log2 of what a weight of 1 is written as. */
export const weightBits = 6;

export function weightSum(taps: readonly Tap[]): number {
  return taps.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
}

export function writeTaps(out: ByteWriter, taps: readonly Tap[]): void {
  out.u8(taps.length);
  for (const { distance, weight } of taps) {
    out.varint(distance);
    out.u8(weight & 255);
  }
}

/** @param length bytes of the block */
export function readTaps(reader: ByteReader, length: number): Tap[] {
  const at = reader.offset;
  const count = reader.u8('number of taps');
  if (count < 1 || count > limits.taps)
    throw damaged(at, 'number of taps', `1 to ${limits.taps}`, `${count}`);
  const taps = Array.from({ length: count }, () => ({
    distance: reader.bounded('distance of a tap', 1, length),
    weight: (reader.u8('weight of a tap') << 24) >> 24,
  }));
  const sum = weightSum(taps);
  if (sum > limits.weights)
    throw damaged(at, 'sum of the magnitudes of weights', `at most ${limits.weights}`, `${sum}`);
  return taps;
}
