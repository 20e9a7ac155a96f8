/**
 * Tokens: symbols whose table depends on what came before, in two interleaved rANS states. The codecs whose streams are
 * steered by their own content are made of them (SPEC.md, "Tokens").
 */
import { ByteWriter } from '../../bytes.js';
import type { NumberDecoder, NumberSink } from '../../coding/numbers.js';
import { fillSlots, frequencies, getLevels, type LevelTable, putLevels } from './tables.js';

const lanes = 2;

/** A symbol and the table that codes it. */
export interface Token {
  table: number;
  symbol: number;
}

/** Tables of one resolution after one another, each as differences from the one before. */
export function putTokenTables(side: NumberSink, tables: LevelTable[]): void {
  tables.forEach((table, t) => {
    putLevels(side, table.levels, tables[t - 1]?.levels ?? null);
  });
}

/** Slots of `count` tables; null when one is damaged. */
export function getTokenTables(
  side: NumberDecoder,
  count: number,
  resolution: number,
  totalLog2: number,
): Uint32Array | null {
  const slots = new Uint32Array(count << totalLog2);
  let levels: Uint8Array | null = null;
  for (let t = 0; t < count; t++) {
    levels = getLevels(side, resolution, levels);
    if (!levels) return null;
    fillSlots(slots.subarray(t << totalLog2), frequencies({ resolution, levels }, totalLog2));
  }
  return slots;
}

/** Two states, then the 16-bit words in reading order. Every token's symbol must have a level above 0 in its table. */
export function encodeTokens(tokens: readonly Token[], tables: LevelTable[], totalLog2: number): Uint8Array {
  const frequency = tables.map((table) => frequencies(table, totalLog2));
  const starts = frequency.map((table) => {
    const start = new Uint32Array(256);
    for (let s = 1; s < 256; s++) start[s] = start[s - 1]! + table[s - 1]!;
    return start;
  });
  const states = new Uint32Array(lanes).fill(65536);
  const bytes = new Uint8Array(2 * tokens.length);
  let at = bytes.length;
  for (let i = tokens.length - 1; i >= 0; i--) {
    const { table, symbol } = tokens[i]!;
    const f = frequency[table]![symbol]!;
    let x = states[i % lanes]!;
    if (x >= f * 2 ** (32 - totalLog2)) {
      bytes[--at] = x >>> 8;
      bytes[--at] = x;
      x >>>= 16;
    }
    const quotient = Math.floor(x / f);
    states[i % lanes] = quotient * 2 ** totalLog2 + starts[table]![symbol]! + x - quotient * f;
  }
  const out = new ByteWriter();
  for (const state of states) out.u32(state);
  out.bytes(bytes.subarray(at));
  return out.finish();
}

export class TokenDecoder {
  readonly #states: number[] = [];
  #lane = 0;
  #at = 0;
  #missing = false;

  /** @param bytes two states, then words. @param slots tables of 2^totalLog2 slots, one after another */
  constructor(
    readonly bytes: Uint8Array,
    readonly slots: Uint32Array,
    readonly totalLog2: number,
  ) {
    for (let lane = 0; lane < lanes; lane++) {
      const low = this.#word();
      this.#states.push((low | (this.#word() << 16)) >>> 0);
    }
  }
  #word(): number {
    if (this.#at + 2 > this.bytes.length) {
      this.#missing = true;
      return 0;
    }
    this.#at += 2;
    return this.bytes[this.#at - 2]! | (this.bytes[this.#at - 1]! << 8);
  }
  /** The next symbol; damaged bytes give some symbol. */
  get(table: number): number {
    const lane = this.#lane;
    this.#lane ^= 1;
    const x = this.#states[lane]!;
    const slot = this.slots[(table << this.totalLog2) + (x & ((1 << this.totalLog2) - 1))]!;
    const next = (((slot >>> 12) & 4095) + 1) * (x >>> this.totalLog2) + (slot & 4095);
    this.#states[lane] = next < 65536 ? ((next << 16) | this.#word()) >>> 0 : next;
    return slot >>> 24;
  }
  /** A word was wanted and none was there: what `get` gave since then means nothing. */
  get missing(): boolean {
    return this.#missing;
  }
  /** All words are used and the states are what the encoder began with. */
  get exact(): boolean {
    return !this.#missing && this.#at === this.bytes.length && this.#states.every((x) => x === 65536);
  }
}
