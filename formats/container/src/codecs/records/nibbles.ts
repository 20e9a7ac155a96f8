import { ByteWriter } from '../../bytes.js';
import { NibbleModel, totalLog2 } from './model.js';
import type { NibbleSink } from './write.js';

const lanes = 2;
/** Bits that are taken as they are, at most this many at once. */
export const mostPlainBits = 12;

/** Symbols of four bits in two interleaved rANS states; remembers them, since coding goes from the last to the first. */
export class NibbleEncoder implements NibbleSink {
  readonly #model = new NibbleModel();
  /** Bits that all of it costs. */
  bits = 0;
  /** Start << 16 | frequency of each symbol. */
  #symbols = new Uint32Array(1024);
  #count = 0;

  #push(first: number, frequency: number): void {
    if (this.#count === this.#symbols.length) {
      const larger = new Uint32Array(2 * this.#count);
      larger.set(this.#symbols);
      this.#symbols = larger;
    }
    this.bits += totalLog2 - Math.log2(frequency);
    this.#symbols[this.#count++] = (first << 16) | frequency;
  }
  #pushSelected(symbol: number): void {
    const { cumulative } = this.#model;
    this.#push(cumulative[symbol]!, cumulative[symbol + 1]! - cumulative[symbol]!);
    this.#model.see(symbol);
  }
  put(row: number, symbol: number): void {
    this.#model.select(row);
    this.#pushSelected(symbol);
  }
  putMixed(pair: [number, number], set: number, symbol: number): void {
    this.#model.selectMixed(pair, set);
    this.#pushSelected(symbol);
  }
  /** Each value is as likely as any other: a range of 2^(15 - bits) for each. */
  putPlain(value: number, bits: number): void {
    for (let left = bits; left > 0; ) {
      const now = Math.min(left, mostPlainBits);
      left -= now;
      const size = totalLog2 - now;
      this.#push(((value >>> left) & (2 ** now - 1)) << size, 2 ** size);
    }
  }
  /** Two states, then the 16-bit words in reading order. */
  finish(): Uint8Array {
    const states = new Uint32Array(lanes).fill(65536);
    const bytes = new Uint8Array(2 * this.#count);
    let at = bytes.length;
    for (let i = this.#count - 1; i >= 0; i--) {
      const frequency = this.#symbols[i]! & 65535;
      let x = states[i % lanes]!;
      if (x >= frequency * 2 ** (32 - totalLog2)) {
        bytes[--at] = x >>> 8;
        bytes[--at] = x;
        x >>>= 16;
      }
      const quotient = Math.floor(x / frequency);
      states[i % lanes] = quotient * 2 ** totalLog2 + (this.#symbols[i]! >>> 16) + x - quotient * frequency;
    }
    const out = new ByteWriter();
    for (const state of states) out.u32(state);
    out.bytes(bytes.subarray(at));
    return out.finish();
  }
}

export class NibbleDecoder {
  readonly #model = new NibbleModel();
  readonly #states: number[] = [];
  #lane = 0;
  #at = 0;
  #missing = false;

  constructor(readonly bytes: Uint8Array) {
    for (let lane = 0; lane < lanes; lane++) {
      const low = this.#word();
      this.#states.push((low | (this.#word() << 16)) >>> 0);
    }
  }
  #word(): number {
    if (this.#at + 2 > this.bytes.length) {
      this.#missing = true;
      return 1;
    }
    this.#at += 2;
    return this.bytes[this.#at - 2]! | (this.bytes[this.#at - 1]! << 8);
  }
  #slot(): number {
    return this.#states[this.#lane]! & (2 ** totalLog2 - 1);
  }
  #advance(first: number, frequency: number): void {
    const x = this.#states[this.#lane]!;
    const next = frequency * (x >>> totalLog2) + (x & (2 ** totalLog2 - 1)) - first;
    this.#states[this.#lane] = next < 65536 ? ((next << 16) | this.#word()) >>> 0 : next;
    this.#lane ^= 1;
  }
  #selected(): number {
    const { cumulative } = this.#model;
    const slot = this.#slot();
    let symbol = 15;
    while (cumulative[symbol]! > slot) symbol--;
    this.#advance(cumulative[symbol]!, cumulative[symbol + 1]! - cumulative[symbol]!);
    this.#model.see(symbol);
    return symbol;
  }
  get(row: number): number {
    this.#model.select(row);
    return this.#selected();
  }
  getMixed(pair: [number, number], set: number): number {
    this.#model.selectMixed(pair, set);
    return this.#selected();
  }
  getPlain(bits: number): number {
    let value = 0;
    for (let left = bits; left > 0; ) {
      const now = Math.min(left, mostPlainBits);
      left -= now;
      const size = totalLog2 - now;
      const digit = this.#slot() >>> size;
      this.#advance(digit << size, 2 ** size);
      value = value * 2 ** now + digit;
    }
    return value;
  }
  /** A word was wanted and none was there: what came since then means nothing. */
  get missing(): boolean {
    return this.#missing;
  }
  get position(): number {
    return this.#at;
  }
  /** All words are used and the states are what the encoder began with. */
  get exact(): boolean {
    return !this.#missing && this.#at === this.bytes.length && this.#states.every((x) => x === 65536);
  }
}
