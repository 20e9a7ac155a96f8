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

/** What all lanes may cost, as a part of the coded bytes. */
const lanesShare = 1 / 250;
/** A state takes four bytes and holds what two bytes of words would, and two symbols. */
const bytesPerLane = 1;

/** As many interleaved states as cost next to nothing: 64 decode ten times as fast as one. @param bits of all symbols */
function lanesFor(bits: number): number {
  const lanes = ((bits / 8) * lanesShare) / bytesPerLane;
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

/** Fewest coded bytes of a block of this length (SPEC.md, limits). */
const leastLength = (length: number): number => Math.ceil(length / maximumExpansion);

/** The same with a plan made before. Never smaller than a block of this length may be. */
export function encodeRansPlan(symbols: Uint8Array, plan: RansPlan, layout: RansLayout = {}): Uint8Array {
  const most = 2 ** maximumLanesLog2;
  const least = leastLength(symbols.length);
  let lanes = layout.lanes ?? lanesFor(plan.bits);
  let coded = encodeWith(symbols, plan, { ...layout, lanes });
  // States are bytes that make decoding faster; a flatter table would make it slower.
  while (coded.length < least && layout.lanes === undefined && lanes < most) {
    const enough = lanes + (least - coded.length) / 4;
    lanes = Math.min(most, 2 ** Math.ceil(Math.log2(enough)));
    coded = encodeWith(symbols, plan, { ...layout, lanes });
  }
  return coded.length < least ? encodeFlattened(symbols, plan, { ...layout, lanes }) : coded;
}

/** With tables in which every symbol costs something: just as much as a block of this length needs. */
function encodeFlattened(symbols: Uint8Array, plan: RansPlan, layout: RansLayout & { lanes: number }) {
  const least = leastLength(symbols.length);
  const totalLog2 = layout.totalLog2 ?? mostTotalLog2;
  const bits = (8 * (least - 4 * layout.lanes)) / symbols.length;
  let highest = Math.min(2 ** totalLog2 - 1, Math.floor(2 ** (totalLog2 - bits)));
  for (;;) {
    const flat = withOwnTables(plan, (table) => flattened(table, totalLog2, highest));
    const coded = encodeWith(symbols, flat, layout);
    if (coded.length >= least) return coded;
    highest--;
  }
}

function encodeWith(symbols: Uint8Array, plan: RansPlan, layout: RansLayout): Uint8Array {
  const out = new ByteWriter();
  const lanes = layout.lanes ?? lanesFor(plan.bits);
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
