import { NumberEncoder } from '../../coding/numbers.js';
import {
  frequencies,
  frequencyTotal,
  type LevelTable,
  maximumLevel,
  numberContexts,
  putLevels,
} from './tables.js';

const log2Frequency = Float64Array.from({ length: frequencyTotal + 1 }, (_, f) =>
  f === 0 ? 0 : 12 - Math.log2(f),
);

/** Bits that symbols with these counts cost with these frequencies. */
export function codedBits(counts: Float64Array, frequency: Uint16Array): number {
  let bits = 0;
  for (let s = 0; s < 256; s++) if (counts[s]! > 0) bits += counts[s]! * log2Frequency[frequency[s]!]!;
  return bits;
}

/** Counts averaged with their neighbours within `reach` (triangular), so that the levels cost little to code. */
function smoothed(counts: Float64Array, reach: number): Float64Array {
  if (reach === 0) return counts;
  const result = new Float64Array(256);
  for (let s = 0; s < 256; s++) {
    let sum = 0;
    for (let d = -reach; d <= reach; d++) sum += (reach + 1 - Math.abs(d)) * (counts[s + d] ?? 0);
    result[s] = sum / ((reach + 1) * (reach + 1));
  }
  return result;
}

/** Levels for these counts. A peak (most often zero) is kept out of the smoothing. */
function levelsFor(counts: Float64Array, resolution: number, reach: number): Uint8Array {
  const total = counts.reduce((a, b) => a + b, 0);
  const rest = Float64Array.from(counts);
  const peaks: number[] = [];
  for (let s = 0; s < 256; s++) {
    const around = Math.max(counts[s - 1] ?? 0, counts[s + 1] ?? 0);
    if (reach > 0 && counts[s]! > 16 && counts[s]! > 3 * around) peaks.push(s);
  }
  for (const s of peaks) rest[s] = ((rest[s - 1] ?? 0) + (rest[s + 1] ?? 0)) / 2;
  const smooth = smoothed(rest, reach);
  for (const s of peaks) smooth[s] = counts[s]!;
  return Uint8Array.from(smooth, (weight, s) => {
    if (weight === 0 || (weight < 0.02 && counts[s] === 0)) return 0;
    const level = 1 + Math.round(resolution * (12 + Math.log2(Math.max(weight, 0.02) / total)));
    return Math.min(maximumLevel(resolution), Math.max(1, level));
  });
}

export interface Fit {
  resolution: number;
  tables: LevelTable[];
  bits: number;
}

/** Estimated bits of tables and symbols together for one resolution and one reach per table. */
function fitAll(counts: Float64Array[], resolution: number, reaches: number[]): Fit {
  const side = new NumberEncoder(numberContexts);
  let bits = 0;
  const tables: LevelTable[] = [];
  for (const table of counts) {
    const options = reaches.map((reach) => {
      const levels = levelsFor(table, resolution, reach);
      return { levels, bits: codedBits(table, frequencies({ resolution, levels })) };
    });
    const best = options.reduce((a, b) => (b.bits < a.bits ? b : a));
    putLevels(side, best.levels, tables.at(-1)?.levels ?? null);
    tables.push({ resolution, levels: best.levels });
    bits += best.bits;
  }
  return { resolution, tables, bits: bits + 8 * side.finish().length };
}

/** The cheapest tables for these counts (one array of 256 per table). @param thorough tries more shapes */
export function fitTables(counts: Float64Array[], thorough: boolean): Fit {
  const used = counts.map((table) => (table.some((count) => count > 0) ? table : ones));
  let best: Fit | null = null;
  for (const resolution of thorough ? [1, 2, 4, 8] : [2, 4]) {
    for (const reach of thorough ? [0, 1, 3, 8] : [0, 3]) {
      const fit = fitAll(used, resolution, [reach]);
      if (!best || fit.bits < best.bits) best = fit;
    }
  }
  return best!;
}

const ones = new Float64Array(256);
ones[0] = 1;
