import type { QuantizedLayer } from '../training/fold.js';

/**
 * Bytes that a layer's weights need at least when each code is coded by how often it occurs (order-0 entropy), and four for
 * each scale. Biases and the file's structure are not counted: nothing that is done to weights changes them.
 * @param scales how many different scales the file holds: one for each channel, or one
 */
export function estimatedBytes({ codes }: Pick<QuantizedLayer, 'codes'>, scales: number): number {
  const counts = new Map<number, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits += count * Math.log2(codes.length / count);
  return Math.ceil(bits / 8) + 4 * scales;
}
