/** Entries of the table, from 0 on, and how many there are to a unit of the argument. */
const entries = 256;
const entriesPerUnit = 24;

/**
 * TFLite's table of the logistic function for 16-bit codes, as fractions of 2^16. Straight lines between points of a curve that
 * bends downwards lie below it by up to −f″h²/8, so every point is raised by half of that. The last entry is the limit.
 */
export function sigmoidTable(): Uint16Array {
  const step = 1 / entriesPerUnit;
  const table = Uint16Array.from({ length: entries }, (_, i) => {
    const y = 1 / (1 + Math.exp(-i * step));
    const bend = y * (1 - y) * (1 - 2 * y);
    return Math.round(2 ** 16 * (y - (bend * step ** 2) / 16));
  });
  table[entries - 1] = 2 ** 16 - 1;
  return table;
}

/** How TFLite Micro's LSTM scales cells of 2^power before tanh: to multiples of 1 / (3 × 2^12), without rounding if possible. */
export function tanhScale(power: number): [multiplier: number, rightShift: number] {
  const left = 12 + power;
  return left < 0 ? [3, -left] : [3 * 2 ** left, 0];
}
