/** Numbers below 8 as they are, then eight classes per power of two: 8, 9 … 15, 16–17 … are 24, 25 … 31, 32 … */
export function eighthOctave(value: number): number {
  if (value < 8) return value;
  const octave = 31 - Math.clz32(value);
  return 8 * octave + ((value >> (octave - 3)) & 7);
}

/** Numbers below 4 as they are, then two classes per power of two: 4–5, 6–7, 8–11, 12–15 … are 4, 5, 6, 7 … */
export function halfOctave(value: number): number {
  if (value < 4) return value;
  const octave = 31 - Math.clz32(value);
  return 2 * octave + ((value >> (octave - 1)) & 1);
}
