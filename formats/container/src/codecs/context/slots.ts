import { freshModel, steps } from '../../coding/adaptive.js';
import { stretchTable } from '../../coding/logistic.js';
import type { MatchModel } from './match.js';
import { limits, type Term } from './parameters.js';

const slotsPerBucket = 16;
// Copies of imports that are read for every bit: test runners turn each read of an import into a getter call.
const stretches = stretchTable;
const learningSteps = steps;
const fresh = freshModel;

/** confidence[n]: weight in 1/256 of a direct prediction after n bits, 256 n / (n + 0.5). */
const confidence = Int32Array.from({ length: 1024 }, (_, n) => Math.floor((512 * n) / (2 * n + 1)));

/** Probability to begin with for a history of zeros (upper four bits) and ones (lower four), in 22 bits. */
function initialHistory(history: number): number {
  const zeros = history >> 4;
  const ones = history & 15;
  return (Math.floor(((2 * ones + 1) * 4194303) / (2 * (zeros + ones) + 2)) << 10) >>> 0;
}

/** How many zeros stand just before `position`, at most 15. What is before the start counts as zeros. */
function zerosBefore(data: Uint8Array, position: number): number {
  let count = 0;
  while (count < 15 && (count >= position || data[position - count - 1] === 0)) count++;
  return count;
}

/**
 * The predictions of all contexts. Every context has one bucket of 16 slots per group of at most four bits, found by
 * hash; slot 0 holds the tag, the others a bit model and a bit history per node of the group's binary tree. Each
 * context gives two inputs to the mixers: its model, and what its history has meant so far in that context.
 */
export class ContextSlots {
  // Words are kept as int32: engines compute with those directly. Shifts with >>> see the same 32 bits.
  readonly #slots: Int32Array;
  readonly #histories: Uint8Array;
  readonly #meanings: Int32Array;
  readonly #hashes: Int32Array;
  readonly #buckets: Int32Array;
  /** Values of derived terms by their argument. */
  readonly #derived = new Int32Array(limits.derived + 1);
  readonly #shift: number;

  constructor(
    readonly contexts: Term[][],
    tableBits: number,
    readonly limit: number,
  ) {
    this.#slots = new Int32Array(2 ** tableBits);
    this.#histories = new Uint8Array(2 ** tableBits);
    this.#meanings = new Int32Array(contexts.length * 256);
    for (let i = 0; i < this.#meanings.length; i++) this.#meanings[i] = initialHistory(i & 255);
    this.#hashes = new Int32Array(contexts.length);
    this.#buckets = new Int32Array(contexts.length);
    this.#shift = 32 - (tableBits - 4);
  }

  /** Hashes every context for the symbol at `position`, of which `match` already knows what to expect. */
  setSymbol(data: Uint8Array, position: number, match: MatchModel): void {
    const zeros = zerosBefore(data, position);
    this.#derived[1] = match.expected;
    this.#derived[2] = Math.min(match.length, 7);
    this.#derived[3] = zeros;
    this.#derived[4] = zeros + 1 > position ? 0 : data[position - zeros - 1]!;
    for (let c = 0; c < this.contexts.length; c++) {
      const terms = this.contexts[c]!;
      let hash = Math.imul(c + 1, 0x9e3779b1);
      for (let t = 0; t < terms.length; t++) {
        hash = Math.imul(hash ^ (this.#value(terms[t]!, data, position) + 1), 0x85ebca6b);
        hash ^= hash >>> 15;
      }
      this.#hashes[c] = hash;
    }
  }

  #value({ kind, argument, shift }: Term, data: Uint8Array, position: number): number {
    if (kind === 'byte') return argument > position ? 0 : data[position - argument]! >> shift;
    if (kind === 'modulo') return position % argument;
    return kind === 'divide' ? Math.floor(position / argument) : this.#derived[argument]!;
  }

  /** Finds the buckets of a group of bits; `prefix` is the symbol's bits so far with a leading 1. */
  setGroup(prefix: number): void {
    for (let c = 0; c < this.contexts.length; c++) {
      let hash = Math.imul(this.#hashes[c]! ^ Math.imul(prefix, 0x9e3779b1), 0xc2b2ae35);
      hash ^= hash >>> 16;
      hash = Math.imul(hash, 0x85ebca6b);
      const bucket = (hash >>> this.#shift) * slotsPerBucket;
      const tag = (hash & 0xffff) | 1;
      this.#buckets[c] = bucket;
      if (this.#slots[bucket] === tag) continue;
      this.#slots[bucket] = tag;
      for (let slot = bucket + 1; slot < bucket + slotsPerBucket; slot++) {
        this.#slots[slot] = fresh;
        this.#histories[slot] = 0;
      }
    }
  }

  /** Writes two logits per context; 0 means "no opinion". */
  predict(node: number, inputs: Int32Array): void {
    const [slots, histories, meanings, buckets] = [
      this.#slots,
      this.#histories,
      this.#meanings,
      this.#buckets,
    ];
    for (let c = 0; c < buckets.length; c++) {
      const slot = buckets[c]! + node;
      const model = slots[slot]!;
      const n = model & 1023;
      if (n === 0) {
        inputs[2 * c] = 0;
        inputs[2 * c + 1] = 0;
        continue;
      }
      inputs[2 * c] = Math.imul(stretches[model >>> 20]!, confidence[n]!) >> 8;
      inputs[2 * c + 1] = stretches[meanings[c * 256 + histories[slot]!]! >>> 20]!;
    }
  }

  update(node: number, bit: number): void {
    const [slots, histories, meanings, buckets] = [
      this.#slots,
      this.#histories,
      this.#meanings,
      this.#buckets,
    ];
    const target = bit ? 4194303 : 0;
    for (let c = 0; c < buckets.length; c++) {
      const slot = buckets[c]! + node;
      const history = histories[slot]!;
      if (history !== 0) meanings[c * 256 + history] = moved(meanings[c * 256 + history]!, target, 255);
      slots[slot] = moved(slots[slot]!, target, this.limit);
      histories[slot] = nextHistory[history * 2 + bit]!;
    }
  }
}

function moved(model: number, target: number, limit: number): number {
  const n = model & 1023;
  const p = model >>> 10;
  const next = p + (Math.imul((target - p) >> 5, learningSteps[n]!) >> 8);
  return (next << 10) | (n < limit ? n + 1 : limit);
}

/** A bit adds one to its own count (at most 15); the other count, when above 2, goes down to half of it plus one. */
const nextHistory = Uint8Array.from({ length: 512 }, (_, index) => {
  const bit = index & 1;
  const counts = [index >> 5, (index >> 1) & 15];
  counts[bit] = Math.min(15, counts[bit]! + 1);
  if (counts[1 - bit]! > 2) counts[1 - bit] = (counts[1 - bit]! >> 1) + 1;
  return (counts[0]! << 4) | counts[1]!;
});
