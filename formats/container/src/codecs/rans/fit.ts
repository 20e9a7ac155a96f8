import { NumberCost } from '../../coding/numbers.js';
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
  for (let s = 0; s < 256; s++) bits += counts[s]! * log2Frequency[frequency[s]!]!;
  return bits;
}

/** Order-0 entropy of these counts in bits: no table can code them in fewer. */
export function entropyBits(counts: Float64Array): number {
  let total = 0;
  let bits = 0;
  for (const count of counts) {
    if (count === 0) continue;
    total += count;
    bits -= count * Math.log2(count);
  }
  return total === 0 ? 0 : bits + total * Math.log2(total);
}

/** Counts averaged with their neighbours within `reach` (triangular), so that the levels cost little to code. */
function smoothed(counts: Float64Array, reach: number): Float64Array {
  const result = new Float64Array(256);
  for (let s = 0; s < 256; s++) {
    let sum = 0;
    const end = Math.min(255, s + reach);
    for (let t = Math.max(0, s - reach); t <= end; t++) sum += (reach + 1 - Math.abs(t - s)) * counts[t]!;
    result[s] = sum / ((reach + 1) * (reach + 1));
  }
  return result;
}

/** Smoothed counts. A peak (most often zero) is kept out of the smoothing. */
function weightsFor(counts: Float64Array, reach: number): Float64Array {
  if (reach === 0) return counts;
  const rest = Float64Array.from(counts);
  const peaks: number[] = [];
  for (let s = 0; s < 256; s++) {
    if (counts[s]! <= 16) continue;
    const around = Math.max(counts[s - 1] ?? 0, counts[s + 1] ?? 0);
    if (counts[s]! > 3 * around) peaks.push(s);
  }
  for (const s of peaks) rest[s] = ((rest[s - 1] ?? 0) + (rest[s + 1] ?? 0)) / 2;
  const smooth = smoothed(rest, reach);
  for (const s of peaks) smooth[s] = counts[s]!;
  return smooth;
}

/** log2 of the share of each symbol in 1/4096, after smoothing; -1 for symbols that do not occur. */
function logsFor(counts: Float64Array, reach: number): Float64Array {
  const total = counts.reduce((a, b) => a + b, 0);
  const logs = new Float64Array(256).fill(-1);
  weightsFor(counts, reach).forEach((weight, s) => {
    if (weight === 0 || (weight < 0.02 && counts[s] === 0)) return;
    logs[s] = Math.max(0, 12 + Math.log2(Math.max(weight, 0.02) / total));
  });
  return logs;
}

function levelsFor(logs: Float64Array, resolution: number): Uint8Array {
  const levels = new Uint8Array(256);
  for (let s = 0; s < 256; s++) {
    if (logs[s]! < 0) continue;
    levels[s] = Math.min(maximumLevel(resolution), 1 + Math.round(resolution * logs[s]!));
  }
  return levels;
}

export interface Fit {
  resolution: number;
  tables: LevelTable[];
  bits: number;
}

/** Estimated bits of tables and symbols together for one resolution. @param side reused memory */
function fitAll(counts: Float64Array[], logs: Float64Array[], resolution: number, side: NumberCost): Fit {
  side.reset();
  let bits = 0;
  let before: Uint8Array | null = null;
  const tables: LevelTable[] = [];
  for (const [t, table] of counts.entries()) {
    const levels = levelsFor(logs[t]!, resolution);
    putLevels(side, levels, before);
    tables.push({ resolution, levels });
    bits += codedBits(table, frequencies({ resolution, levels }));
    before = levels;
  }
  return { resolution, tables, bits: bits + side.bits };
}

/** The cheapest tables for these counts (one array of 256 per table). @param thorough tries more shapes */
export function fitTables(counts: Float64Array[], thorough: boolean): Fit {
  const used = counts.map((table) => (table.some((count) => count > 0) ? table : ones));
  const side = new NumberCost(numberContexts);
  let best: Fit | null = null;
  for (const reach of thorough ? [0, 1, 3, 8] : [0, 3]) {
    const logs = used.map((table) => logsFor(table, reach));
    for (const resolution of thorough ? [1, 2, 4, 8] : [2, 4]) {
      const fit = fitAll(used, logs, resolution, side);
      if (!best || fit.bits < best.bits) best = fit;
    }
  }
  return best!;
}

const ones = new Float64Array(256);
ones[0] = 1;
