/** 65536 / (1 + exp(-x / 192)) at x = -2048, -1984, … 2048, rounded, kept within 16 to 65520. */
const knots = [
  16, 16, 16, 16, 16, 16, 16, 16, 22, 31, 43, 60, 83, 116, 162, 226, 315, 439, 611, 849, 1179, 1633, 2257,
  3108, 4258, 5793, 7812, 10412, 13671, 17625, 22233, 27357, 32768, 38179, 43303, 47911, 51865, 55124, 57724,
  59743, 61278, 62428, 63279, 63903, 64357, 64687, 64925, 65097, 65221, 65310, 65374, 65420, 65453, 65476,
  65493, 65505, 65514, 65520, 65520, 65520, 65520, 65520, 65520, 65520, 65520,
];

/** Probability (16 bits, 16 to 65520) of logit x (in 1/192, clamped to ±2047): straight lines between the knots. */
export function squash(x: number): number {
  const clamped = x > 2047 ? 2047 : x < -2047 ? -2047 : x;
  const index = (clamped + 2048) >> 6;
  const part = (clamped + 2048) & 63;
  return (knots[index]! * (64 - part) + knots[index + 1]! * part + 32) >> 6;
}

/** stretchTable[p] is the smallest logit whose squash is at least 16 p + 8: the inverse of `squash` for 12-bit p. */
export const stretchTable: Int16Array = makeStretchTable();

function makeStretchTable(): Int16Array {
  const table = new Int16Array(4096);
  let x = -2047;
  for (let p = 0; p < 4096; p++) {
    while (x < 2047 && squash(x) < 16 * p + 8) x++;
    table[p] = x;
  }
  return table;
}
