import { highRows, type LiteralPlace, lowRows, priorOf, rows } from './contexts.js';
import { priorWeights } from './model.js';
import { type NibbleSink, putLength, putTail } from './write.js';

/** Symbols that the initial frequencies of a row are worth. */
const priorStrength = 8;
const tabulatedLengths = 512;

const priorShares = Float64Array.from({ length: 16 * rows.count }, (_, at) => {
  const weights = priorWeights(priorOf(at >> 4));
  return weights[at & 15]! / weights.reduce((a, b) => a + b, 0);
});

/** How often each symbol was coded in each row. */
export class Counts implements NibbleSink {
  readonly counts = new Float64Array(16 * rows.count);

  put(row: number, symbol: number): void {
    this.counts[16 * row + symbol]!++;
  }
  putMixed([first, second]: [number, number], _set: number, symbol: number): void {
    this.put(first, symbol);
    this.put(second, symbol);
  }
  putPlain(): void {}
  copy(): Counts {
    const other = new Counts();
    other.counts.set(this.counts);
    return other;
  }
}

/** Bits that symbols cost on average with these counts: what the parser compares. */
export class Costs {
  readonly #share = new Float64Array(16 * rows.count);
  readonly #seen = new Float64Array(rows.count);
  readonly #bits = new Float64Array(16 * rows.count);
  /** Bits of a length beyond its first symbol. */
  readonly #lengthTails = new Float64Array(tabulatedLengths);
  readonly #lengthSymbols = new Uint8Array(tabulatedLengths);

  constructor({ counts }: Counts) {
    for (let row = 0; row < rows.count; row++) {
      let seen = 0;
      for (let s = 0; s < 16; s++) seen += counts[16 * row + s]!;
      this.#seen[row] = seen;
      for (let at = 16 * row; at < 16 * row + 16; at++) {
        const share = (counts[at]! + priorStrength * priorShares[at]!) / (seen + priorStrength);
        this.#share[at] = share;
        this.#bits[at] = -Math.log2(share);
      }
    }
    for (let extra = 0; extra < tabulatedLengths; extra++) {
      const sum = new Sum(this.#bits);
      putLength(sum, 0, extra);
      this.#lengthSymbols[extra] = sum.first;
      this.#lengthTails[extra] = sum.bits - this.#bits[sum.first]!;
    }
  }
  symbol(row: number, symbol: number): number {
    return this.#bits[16 * row + symbol]!;
  }
  length(row: number, extra: number): number {
    if (extra < tabulatedLengths) {
      return this.#bits[16 * row + this.#lengthSymbols[extra]!]! + this.#lengthTails[extra]!;
    }
    const sum = new Sum(this.#bits);
    putLength(sum, row, extra);
    return sum.bits;
  }
  tail(distance: number): number {
    const sum = new Sum(this.#bits);
    putTail(sum, distance);
    return sum.bits;
  }
  #mixed([first, second]: [number, number], symbol: number): number {
    const one = this.#seen[first]! + 1;
    const two = this.#seen[second]! + 1;
    const trustOne = one / (one + 3);
    const trustTwo = two / (two + 3);
    const share =
      trustOne * this.#share[16 * first + symbol]! + trustTwo * this.#share[16 * second + symbol]!;
    return -Math.log2(share / (trustOne + trustTwo));
  }
  literal(place: LiteralPlace, byte: number): number {
    return this.#mixed(highRows(place), byte >> 4) + this.#mixed(lowRows(place, byte >> 4), byte & 15);
  }
}

/** Adds up bits. */
class Sum implements NibbleSink {
  bits = 0;
  first = -1;

  constructor(readonly costs: Float64Array) {}

  put(row: number, symbol: number): void {
    if (this.first < 0) this.first = symbol;
    this.bits += this.costs[16 * row + symbol]!;
  }
  putMixed(): void {}
  putPlain(_value: number, bits: number): void {
    this.bits += bits;
  }
}
