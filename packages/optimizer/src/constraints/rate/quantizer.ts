import type { Palette } from '../palette.js';

/**
 * The entropy-constrained scalar quantizer of given code lengths (Chou, Lookabaugh and Gray, 1989) on the codes −m … m, at distance 1
 * from one another: a value x takes the code j of smallest (x − j)² + ratio × bits(j). These are parabolas of one width, so the codes
 * that are used at all, and the borders between them, are their lower envelope, found in one pass from left to right. No code
 * is cheaper than 0, so that zero stays zero.
 * @param lengths bits of the codes −m … m
 * @param ratio λ ÷ importance, in squared code distances for a bit
 */
export function entropyConstrained(lengths: Float32Array, ratio: number): Pick<Palette, 'levels' | 'limits'> {
  const m = (lengths.length - 1) / 2;
  const least = lengths.reduce((smallest, bits) => Math.min(smallest, bits), Infinity);
  const levels: number[] = [];
  const limits: number[] = []; // limits[i] is the border between levels[i] and levels[i + 1]
  const bits = (code: number) => (code === 0 ? least : lengths[code + m]!);
  for (let code = -m; code <= m; code++) {
    while (levels.length > 0) {
      const last = levels.at(-1)!;
      const border = (code + last) / 2 + (ratio * (bits(code) - bits(last))) / (2 * (code - last));
      if (levels.length === 1 || border > limits.at(-1)!) {
        limits.push(border);
        break;
      }
      levels.pop();
      limits.pop();
    }
    levels.push(code);
  }
  return { levels, limits };
}
