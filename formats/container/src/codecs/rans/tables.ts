import type { NumberDecoder, NumberSink } from '../../coding/numbers.js';

/** log2 of the sum of the frequencies in a table: 8 to 12. */
export const mostTotalLog2 = 12;
export const leastTotalLog2 = 8;
/** What the frequencies of rANS blocks add up to. */
export const frequencyTotal = 2 ** mostTotalLog2;
/** Number contexts used by class maps (0 to 31) and tables (32 to 44). */
export const numberContexts = 45;
const countContext = 32;
const levelContext = 33;

/** 2^(j/8) in 16.16 fixed point. */
const octave = [65536, 71468, 77936, 84990, 92682, 101070, 110218, 120194];

/**
 * A frequency table as it is coded: one level per symbol, 0 for "does not occur", else 1 + resolution × log2 of its
 * weight, rounded. `resolution` is 1, 2, 4 or 8 levels per factor of two.
 */
export interface LevelTable {
  resolution: number;
  levels: Uint8Array;
}

const finest = 8;

export function maximumLevel(resolution: number): number {
  return 1 + 12 * resolution;
}

/** Weight of each level, by resolution: octave × 2^n, 0 for level 0. */
const levelWeights = new Map(
  [1, 2, 4, 8].map((resolution) => {
    const weight = (level: number): number => {
      const eighths = ((level - 1) * 8) / resolution;
      return octave[eighths & 7]! * 2 ** (eighths >> 3);
    };
    const levels = Array.from({ length: maximumLevel(resolution) + 1 }, (_, level) => level);
    return [resolution, Float64Array.from(levels, (level) => (level === 0 ? 0 : weight(level)))];
  }),
);

/** Frequencies (256, sum 2^totalLog2) of a table: weights scaled and rounded down, then corrected at the largest; spec.md. */
export function frequencies({ resolution, levels }: LevelTable, totalLog2 = mostTotalLog2): Uint16Array {
  const total = 2 ** totalLog2;
  const weights = levelWeights.get(resolution)!;
  let sum = 0;
  for (let s = 0; s < 256; s++) sum += weights[levels[s]!]!;
  const result = new Uint16Array(256);
  let excess = -total;
  for (let s = 0; s < 256; s++) {
    if (levels[s] === 0) continue;
    result[s] = Math.max(1, Math.floor((weights[levels[s]!]! * total) / sum));
    excess += result[s]!;
  }
  while (excess !== 0) {
    let largest = 0;
    for (let i = 1; i < 256; i++) if (result[i]! > result[largest]!) largest = i;
    const step = excess > 0 ? 1 : excess;
    result[largest]! -= step;
    excess -= step;
  }
  return result;
}

/** Fills the 2^totalLog2 slots of one table, each symbol << 24 | (frequency - 1) << 12 | offset in the symbol's range. */
export function fillSlots(slots: Int32Array | Uint32Array, frequency: Uint16Array): void {
  let at = 0;
  for (let s = 0; s < 256; s++) {
    for (let i = 0; i < frequency[s]!; i++) slots[at++] = (s << 24) | ((frequency[s]! - 1) << 12) | i;
  }
}

/** A table whose most frequent symbol has a frequency of at most `highest`, so that it costs something; in the finest levels. */
export function flattened(
  { resolution, levels }: LevelTable,
  totalLog2: number,
  highest: number,
): LevelTable {
  const changed = levels.map((level) => (level === 0 ? 0 : 1 + ((level - 1) * finest) / resolution));
  const peak = changed.indexOf(changed.reduce((most, level) => Math.max(most, level), 0));
  if (changed.every((level, symbol) => level === 0 || symbol === peak)) changed[(peak + 1) & 255] = 1;
  while (frequencies({ resolution: finest, levels: changed }, totalLog2)[peak]! > highest) changed[peak]!--;
  return { resolution: finest, levels: changed };
}

/** What the next level is compared with, and in which context the difference stands. */
function expectation(
  levels: Uint8Array,
  index: number,
  before: Uint8Array | null,
  last: number,
): [number, number] {
  const expected = before ? before[index]! : index > 0 ? levels[index - 1]! : 0;
  const size = last === 0 ? 0 : last < 3 ? 1 : 2;
  return [expected, levelContext + (before ? 6 : 0) + (expected === 0 ? 0 : 3) + size];
}

export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
export const unzigzag = (code: number): number => (code & 1 ? -((code + 1) >> 1) : code >> 1);

/** @param before levels of the table coded before this one, or null */
export function putLevels(out: NumberSink, levels: Uint8Array, before: Uint8Array | null): void {
  let count = 256;
  while (count > 1 && levels[count - 1] === 0) count--;
  out.put(countContext, count - 1);
  let last = 0;
  for (let i = 0; i < count; i++) {
    const [expected, context] = expectation(levels, i, before, last);
    last = zigzag(levels[i]! - expected);
    out.put(context, last);
  }
}

/** Reads 256 levels, or null when a level is out of range or none is above 0. */
export function getLevels(
  input: NumberDecoder,
  resolution: number,
  before: Uint8Array | null,
): Uint8Array | null {
  const levels = new Uint8Array(256);
  const count = input.get(countContext) + 1;
  if (count > 256) return null;
  let last = 0;
  for (let i = 0; i < count; i++) {
    const [expected, context] = expectation(levels, i, before, last);
    last = input.get(context);
    const level = expected + unzigzag(last);
    if (level < 0 || level > maximumLevel(resolution)) return null;
    levels[i] = level;
  }
  return levels.some((level) => level > 0) ? levels : null;
}
