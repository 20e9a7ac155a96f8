import { ByteWriter } from '../../bytes.js';
import { NumberEncoder } from '../../coding/numbers.js';
import { maximumExpansion } from '../../layout.js';
import { putClasses } from './class-maps.js';
import { planClasses, planSingle, type RansPlan, tablesOf } from './plan.js';
import { flattened, frequencies, numberContexts, putLevels } from './tables.js';

export interface RansOptions {
  /** Lengths of rows in which the data may have structure; none: one table for all. */
  rowLengths?: number[];
  /** Search classes and table shapes (slower), or take a plain table. */
  thorough?: boolean;
}

/** Most lanes that the format has. */
const mostLanesLog2 = 6;
/** What all lanes may cost, as a part of the coded bytes. */
const lanesShare = 1 / 250;
/** A state takes four bytes and holds what two bytes of words would. */
const bytesPerLane = 2;

/** As many interleaved states as cost next to nothing: 64 decode ten times as fast as one. @param bits of all symbols */
function lanesLog2(bits: number): number {
  const lanes = ((bits / 8) * lanesShare) / bytesPerLane;
  return Math.max(0, Math.min(mostLanesLog2, Math.floor(Math.log2(Math.max(1, lanes)))));
}

function encodeSide(plan: RansPlan): Uint8Array {
  const side = new NumberEncoder(numberContexts);
  if (plan.rowCount > 1) putClasses(side, plan.rowClasses, 0);
  if (plan.columnCount > 1) putClasses(side, plan.columnClasses, 16);
  plan.fit.tables.forEach((table, t) => {
    putLevels(side, table.levels, plan.fit.tables[t - 1]?.levels ?? null);
  });
  return side.finish();
}

/** Frequencies of all tables, 256 each, and where each symbol's range starts. */
function ranges({ fit }: RansPlan): { frequency: Uint16Array; start: Uint16Array } {
  const frequency = new Uint16Array(256 * fit.tables.length);
  const start = new Uint16Array(256 * fit.tables.length);
  fit.tables.forEach((table, t) => {
    frequency.set(frequencies(table), 256 * t);
    for (let s = 256 * t + 1; s < 256 * t + 256; s++) start[s] = start[s - 1]! + frequency[s - 1]!;
  });
  return { frequency, start };
}

/** The interleaved states, coded from the last symbol to the first; states first, then 16-bit words in reading order. */
function encodeSymbols(symbols: Uint8Array, plan: RansPlan, lanes: number): Uint8Array {
  const { frequency, start } = ranges(plan);
  const tables = tablesOf(plan, symbols.length);
  const states = new Uint32Array(lanes).fill(65536);
  // A symbol writes one word at most. Written from the end, they stand in reading order.
  const bytes = new Uint8Array(2 * symbols.length);
  let at = bytes.length;
  for (let i = symbols.length - 1; i >= 0; i--) {
    const lane = i & (lanes - 1);
    const entry = (tables ? tables[i]! * 256 : 0) + symbols[i]!;
    const f = frequency[entry]!;
    let x = states[lane]!;
    if (x >= f * 1048576) {
      bytes[--at] = x >>> 8;
      bytes[--at] = x;
      x >>>= 16;
    }
    const quotient = Math.floor(x / f);
    states[lane] = quotient * 4096 + start[entry]! + x - quotient * f;
  }
  const out = new ByteWriter();
  for (const state of states) out.u32(state);
  out.bytes(bytes.subarray(at));
  return out.finish();
}

/**
 * Static order-0 rANS with 12-bit frequencies, 32-bit states renormalized by 16-bit words, interleaved (Duda 2013;
 * Giesen 2014), with one table per class of rows and columns.
 *
 * @param symbols at least one
 */
export function encodeRans(symbols: Uint8Array, options: RansOptions = {}): Uint8Array {
  const thorough = options.thorough ?? false;
  const single = planSingle(symbols, thorough);
  return encodeRansPlan(symbols, thorough ? planClasses(symbols, options.rowLengths ?? [], single) : single);
}

/** The same with a plan made before. Never smaller than a block of this length may be (SPEC.md, limits). */
export function encodeRansPlan(symbols: Uint8Array, plan: RansPlan): Uint8Array {
  const coded = encodeWith(symbols, plan);
  if (symbols.length <= maximumExpansion * coded.length) return coded;
  const tables = plan.fit.tables.map(flattened);
  return encodeWith(symbols, { ...plan, fit: { ...plan.fit, tables } });
}

function encodeWith(symbols: Uint8Array, plan: RansPlan): Uint8Array {
  const out = new ByteWriter();
  const lanes = lanesLog2(plan.bits);
  out.u8(lanes | (Math.log2(plan.fit.resolution) << 4));
  out.varint(plan.rowLength);
  if (plan.rowLength > 0) {
    out.u8(plan.rowCount);
    out.u8(plan.columnCount);
  }
  const side = encodeSide(plan);
  out.varint(side.length);
  out.bytes(side);
  out.bytes(encodeSymbols(symbols, plan, 2 ** lanes));
  return out.finish();
}
