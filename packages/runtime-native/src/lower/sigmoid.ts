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

/**
 * How LOGISTIC and TANH scale codes to multiples of 1 / (3 × 2^12): a shift where the scale is 2^(shift − 12) with one of `shifts`, up to
 * a thousandth of a power, else a factor truncated to 15 bits. Null when the scale is too large. (TFLite Micro's
 * CalculateArithmeticOpData.)
 */
export function sixteenBitScale(scale: number, shifts: readonly number[]): [number, number] | null {
  const power = Math.log2(scale);
  const shift = 12 + Math.round(power);
  if (Math.abs(power - Math.round(power)) < 1e-3 && shifts.includes(shift)) return [3 * 2 ** shift, 0];
  let factor = scale * 3 * 2 ** 12;
  let right = 0;
  for (; factor <= 32767 / 2 && right <= 30; right++) factor *= 2;
  return factor < 32768 ? [Math.trunc(factor), right] : null;
}

/** exp(x) for x from −10 to 0, and 1 / (1 + x) for x from 0 to 1, each at 513 points as multiples of 2^-15. */
export const expTable = (): Int16Array => curveTable(Math.exp, -10, 0);
export const reciprocalTable = (): Int16Array => curveTable((x) => 1 / (1 + x), 0, 1);

/**
 * TFLite's LUTPopulate for int16, in binary32 like there: where a straight line to the next point would miss the curve in the
 * middle, the point is moved by half of the error.
 */
function curveTable(curve: (x: number) => number, low: number, high: number): Int16Array {
  const single = Math.fround;
  const round = (x: number) => Math.sign(x) * Math.round(Math.abs(x));
  const scaled = (x: number) => single(single(curve(single(x))) * 2 ** 15);
  const step = single((high - low) / 512);
  const at = (i: number) => single(low + single(i * step));
  const saturate = (x: number) => Math.min(Math.max(x, -32768), 32767);
  const table = Int16Array.from({ length: 512 }, (_, i) => {
    const value = round(scaled(at(i)));
    const line = round(single(single(scaled(at(i + 1)) + value) / 2));
    const middle = round(scaled(at(i) + step / 2));
    return saturate(value - round((line - middle) / 2));
  });
  return Int16Array.of(...table, saturate(round(scaled(high))));
}
