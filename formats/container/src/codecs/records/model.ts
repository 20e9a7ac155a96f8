import { priorCount, priorOf, rows } from './contexts.js';
import { priors } from './priors.js';

/** Frequencies add up to 2^15, each at least 3. */
export const totalLog2 = 15;
/** Each symbol has this much beside its share of what is adapted. */
const floor = 4;
const adapted = 2 ** totalLog2 - 16 * floor;
const mostSeen = 40;

/** 65536 times the rate at which a row that has seen n symbols learns. */
const rates = Int32Array.from({ length: mostSeen + 1 }, (_, n) => Math.floor(65536 / (n + 8)));

/** Weights of the 16 digits of a line of priors. */
const digitWeights = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];

/** Weights (16 per line, adding up to `sums`) with which rows begin. */
export function priorWeights(line: number): number[] {
  return Array.from(priors[line]!, (digit) => digitWeights[Number.parseInt(digit, 16)]!);
}

function cumulative(line: number): Uint16Array {
  const weights = priorWeights(line);
  const sum = weights.reduce((a, b) => a + b, 0);
  const result = new Uint16Array(16);
  let before = 0;
  for (let s = 1; s < 16; s++) {
    before += weights[s - 1]!;
    result[s] = Math.floor((adapted * before) / sum);
  }
  return result;
}

const fresh = new Uint16Array(16 * rows.count);
const lines = Array.from({ length: priorCount }, (_, line) => cumulative(line));
for (let row = 0; row < rows.count; row++) fresh.set(lines[priorOf(row)]!, 16 * row);

const confidence = (seen: number): number => Math.min(5, 32 - Math.clz32(seen));

/**
 * Rows of 16 adaptive frequencies: per row the number of symbols seen (up to 40), then 15 cumulative sums. Literals mix two
 * rows with a weight that learns which of them is right, by how much both have seen.
 */
export class NibbleModel {
  readonly #rows = Uint16Array.from(fresh);
  readonly #weights = new Uint16Array(72).fill(16384);
  /** Cumulative frequencies of the symbol to be coded, 17 of them. */
  readonly cumulative = new Int32Array(17);
  #first = 0;
  #second = 0;
  #weight = -1;

  constructor() {
    this.cumulative[16] = 2 ** totalLog2;
  }
  select(row: number): void {
    this.#first = 16 * row;
    this.#weight = -1;
    for (let s = 1; s < 16; s++) this.cumulative[s] = this.#rows[this.#first + s]! + floor * s;
  }
  /** @param set 0 for high, 1 for low four bits */
  selectMixed([first, second]: [number, number], set: number): void {
    this.#first = 16 * first;
    this.#second = 16 * second;
    const seen = [this.#rows[this.#first]!, this.#rows[this.#second]!] as const;
    this.#weight = 36 * set + 6 * confidence(seen[0]) + confidence(seen[1]);
    const weight = this.#weights[this.#weight]!;
    for (let s = 1; s < 16; s++) {
      const one = this.#rows[this.#first + s]!;
      const step = ((this.#rows[this.#second + s]! - one) * weight) >> 16;
      this.cumulative[s] = one + 2 * step + floor * s;
    }
  }
  #share(row: number, symbol: number): number {
    const end = symbol === 15 ? adapted : this.#rows[row + symbol + 1]!;
    return end - (symbol === 0 ? 0 : this.#rows[row + symbol]!);
  }
  #adapt(row: number, symbol: number): void {
    const seen = this.#rows[row]!;
    const rate = rates[seen]!;
    for (let s = 1; s < 16; s++) {
      const value = this.#rows[row + s]!;
      this.#rows[row + s] = value + ((((s > symbol ? adapted : 0) - value) * rate) >> 16);
    }
    if (seen < mostSeen) this.#rows[row] = seen + 1;
  }
  /** Learns the symbol in the selected rows. */
  see(symbol: number): void {
    if (this.#weight >= 0) {
      const lead = this.#share(this.#second, symbol) - this.#share(this.#first, symbol);
      const weight = this.#weights[this.#weight]!;
      if (lead > 0) this.#weights[this.#weight] = weight + ((32768 - weight) >> 4);
      if (lead < 0) this.#weights[this.#weight] = weight - (weight >> 4);
      this.#adapt(this.#second, symbol);
    }
    this.#adapt(this.#first, symbol);
  }
}
