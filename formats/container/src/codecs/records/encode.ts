import { maximumExpansion } from '../../layout.js';
import { Costs, Counts } from './cost.js';
import { dictionary } from './dictionary.js';
import { MatchFinder } from './matches.js';
import { NibbleEncoder } from './nibbles.js';
import { Parser } from './parse.js';
import { RecordState, withDictionary } from './state.js';
import { type NibbleSink, type Operation, putOperation } from './write.js';

/** Bytes parsed at once. */
const segmentLength = 2 ** 16;
/** How thoroughly data is searched: the time that a byte takes is about passes × depth. */
const efforts = {
  thorough: { passes: 3, depth: { long: 48, short: 12 } },
  quick: { passes: 1, depth: { long: 6, short: 2 } },
};
/** Longer data is searched quickly: no model has as much structure. */
const longestThorough = 2 ** 18;

/** How data of this length is searched. */
export function effortFor(length: number) {
  return length > longestThorough ? efforts.quick : efforts.thorough;
}
/** Larger blocks are not tried: memory grows with the length. */
export const longest = 2 ** 24;
/** After each of so many bytes, data that did not shrink by a sixty-fourth is given up. */
const trialLength = 2 ** 17;

/** Adds what goes by to counts as well. */
class Counted implements NibbleSink {
  constructor(
    readonly sink: NibbleSink,
    readonly counts: Counts,
  ) {}
  put(row: number, symbol: number): void {
    this.sink.put(row, symbol);
    this.counts.put(row, symbol);
  }
  putMixed(pair: [number, number], set: number, symbol: number): void {
    this.sink.putMixed(pair, set, symbol);
    this.counts.putMixed(pair, set, symbol);
  }
  putPlain(value: number, bits: number): void {
    this.sink.putPlain(value, bits);
  }
}

export class RecordEncoder {
  readonly #state: RecordState;
  readonly #finder: MatchFinder;
  readonly #nibbles = new NibbleEncoder();
  readonly counts = new Counts();
  /** What started where in the last parse. */
  readonly #starts: Uint8Array;
  readonly #passes: number;

  constructor(data: Uint8Array) {
    const bytes = withDictionary(data.length);
    bytes.set(data, dictionary.length);
    this.#state = new RecordState(bytes, new Uint8Array(data.length));
    this.#starts = new Uint8Array(data.length);
    const { passes, depth } = effortFor(data.length);
    this.#passes = passes;
    this.#finder = new MatchFinder(bytes, depth);
  }
  /** Operations up to `end`: parsed, counted, parsed again with what they were found to cost. */
  #parse(end: number): Operation[] {
    let operations: Operation[] = [];
    let counts = this.counts;
    for (let pass = 0; pass < this.#passes; pass++) {
      operations = new Parser(this.#finder, this.#state, this.#starts, end, new Costs(counts)).parse();
      counts = this.counts.copy();
      this.#starts.fill(0, this.#state.position, end);
      const trial = this.#state.over(this.#starts);
      for (const operation of operations) putOperation(counts, trial, operation);
    }
    return operations;
  }
  /** Codes the bytes up to `end`. */
  encode(end: number): void {
    const sink = new Counted(this.#nibbles, this.counts);
    for (const operation of this.#parse(end)) putOperation(sink, this.#state, operation);
  }
  get bits(): number {
    return this.#nibbles.bits;
  }
  finish(): Uint8Array {
    return this.#nibbles.finish();
  }
}

/**
 * Repeats as copies, the rest as literals, all in adaptive frequencies of four bits (spec.md).
 *
 * @returns the coded bytes; null when the data is empty, too long, noise, or would be smaller than a block may be
 */
export function encodeRecords(data: Uint8Array): Uint8Array | null {
  if (data.length === 0 || data.length > longest) return null;
  const encoder = new RecordEncoder(data);
  for (let end = 0; end < data.length; ) {
    end = Math.min(data.length, end + segmentLength);
    encoder.encode(end);
    if (end % trialLength === 0 && encoder.bits / 8 > end - end / 64) return null;
  }
  const coded = encoder.finish();
  return data.length <= maximumExpansion * coded.length ? coded : null;
}
