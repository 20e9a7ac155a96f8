import { ByteWriter } from '../../bytes.js';
import { NumberEncoder } from '../../coding/numbers.js';
import { maximumExpansion } from '../../layout.js';
import { ransContexts } from './contexts.js';
import { tailLength } from './decode.js';
import { classesOf, planClasses, planSingle, type RansPlan, withOwnTables } from './plan.js';
import { maximumLanesLog2, writeHead } from './shape.js';
import { putSide, usesShared } from './side.js';
import { flattened, frequencies, mostTotalLog2 } from './tables.js';

export interface RansLayout {
  /** Interleaved states, a power of two up to 32; chosen by the length when not given. */
  lanes?: number;
  /** log2 of what frequencies add up to, 8 to 12: a decoder needs 4 × 2^totalLog2 bytes per table. 12 when not given. */
  totalLog2?: number;
}

export interface RansOptions extends RansLayout {
  /** Lengths of rows in which the data may have structure; none: one table for all. */
  rowLengths?: number[];
  /** Search classes and table shapes (slower), or take a plain table. */
  thorough?: boolean;
  /** False: one table for all symbols, also when thorough. */
  classes?: boolean;
}

/** What all lanes may cost, as a part of the coded bytes and of the decoded ones: long zeros need nearly no bytes. */
const lanesShare = 1 / 250;
const lanesShareOfLength = 1 / 8192;
/** A state takes four bytes and holds what two bytes of words would, and two symbols. */
const bytesPerLane = 1;

/** As many interleaved states as cost next to nothing: 64 decode ten times as fast as one. @param bits of all symbols */
function lanesFor(bits: number, length: number): number {
  const lanes = ((bits / 8) * lanesShare + length * lanesShareOfLength) / bytesPerLane;
  return 2 ** Math.max(0, Math.min(maximumLanesLog2, Math.floor(Math.log2(Math.max(1, lanes)))));
}

/** Frequencies of all tables, 256 each, and where each symbol's range starts. */
function ranges({ tables }: RansPlan, totalLog2: number): { frequency: Uint16Array; start: Uint16Array } {
  const frequency = new Uint16Array(256 * tables.length);
  const start = new Uint16Array(256 * tables.length);
  tables.forEach(({ table }, t) => {
    frequency.set(frequencies(table, totalLog2), 256 * t);
    for (let s = 256 * t + 1; s < 256 * t + 256; s++) start[s] = start[s - 1]! + frequency[s - 1]!;
  });
  return { frequency, start };
}

/** States that hold the last two symbols of each lane: they would lose those 16 bits otherwise. */
function finalStates(symbols: Uint8Array, lanes: number, tail: number): Uint32Array {
  const states = new Uint32Array(lanes).fill(65536);
  const first = symbols.length - tail;
  for (let j = 0; j < tail; j++) {
    states[(first + j) & (lanes - 1)]! += symbols[first + j]! << (j < lanes ? 0 : 8);
  }
  return states;
}

/** The interleaved states, coded from the last symbol to the first; states first, then 16-bit words in reading order. */
function encodeSymbols(symbols: Uint8Array, plan: RansPlan, lanes: number, totalLog2: number): Uint8Array {
  const { frequency, start } = ranges(plan, totalLog2);
  const classes = classesOf(plan, symbols.length);
  const tail = tailLength(symbols.length, lanes);
  const states = finalStates(symbols, lanes, tail);
  // A symbol writes one word at most. Written from the end, they stand in reading order.
  const bytes = new Uint8Array(2 * symbols.length);
  const most = 2 ** (32 - totalLog2);
  let at = bytes.length;
  for (let i = symbols.length - tail - 1; i >= 0; i--) {
    const lane = i & (lanes - 1);
    const entry = (classes ? classes[i]! * 256 : 0) + symbols[i]!;
    const f = frequency[entry]!;
    let x = states[lane]!;
    if (x >= f * most) {
      bytes[--at] = x >>> 8;
      bytes[--at] = x;
      x >>>= 16;
    }
    const quotient = Math.floor(x / f);
    states[lane] = quotient * 2 ** totalLog2 + start[entry]! + x - quotient * f;
  }
  const out = new ByteWriter();
  for (const state of states) out.u32(state);
  out.bytes(bytes.subarray(at));
  return out.finish();
}

/**
 * Static order-0 rANS, 32-bit states renormalized by 16-bit words, interleaved (Duda 2013; Giesen 2014), with one table per class of
 * rows and columns.
 *
 * @param symbols at least one
 */
export function encodeRans(symbols: Uint8Array, options: RansOptions = {}): Uint8Array {
  const thorough = options.thorough ?? false;
  const single = planSingle(symbols, thorough);
  const classes = thorough && (options.classes ?? true);
  const plan = classes ? planClasses(symbols, options.rowLengths ?? [], single) : single;
  return encodeRansPlan(symbols, plan, options);
}

/** The same with a plan made before. Never smaller than a block of this length may be (SPEC.md, limits). */
export function encodeRansPlan(symbols: Uint8Array, plan: RansPlan, layout: RansLayout = {}): Uint8Array {
  const coded = encodeWith(symbols, plan, layout);
  if (symbols.length <= maximumExpansion * coded.length) return coded;
  const totalLog2 = layout.totalLog2 ?? mostTotalLog2;
  return encodeWith(
    symbols,
    withOwnTables(plan, (table) => flattened(table, totalLog2)),
    layout,
  );
}

function encodeWith(symbols: Uint8Array, plan: RansPlan, layout: RansLayout): Uint8Array {
  const out = new ByteWriter();
  const lanes = layout.lanes ?? lanesFor(plan.bits, symbols.length);
  const totalLog2 = layout.totalLog2 ?? mostTotalLog2;
  const shared = plan.rowLength === 0 ? plan.tables[0]!.shared : -1;
  writeHead(out, { ...plan, lanes, totalLog2, sharedTable: shared, choice: usesShared(plan.tables) });
  if (shared < 0) {
    const side = new NumberEncoder(ransContexts);
    putSide(side, plan);
    const bytes = side.finish();
    out.varint(bytes.length);
    out.bytes(bytes);
  }
  out.bytes(encodeSymbols(symbols, plan, lanes, totalLog2));
  return out.finish();
}
