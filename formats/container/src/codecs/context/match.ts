import { freshModel, steps } from '../../coding/adaptive.js';
import { stretchTable } from '../../coding/logistic.js';

const hashBits = 16;
const longest = 63;

/**
 * Follows the latest earlier place where the last `minimum` symbols stood, and predicts that its next symbol comes
 * again. How far that is to be trusted is learned per length of the repeat.
 */
export class MatchModel {
  readonly #last = new Int32Array(2 ** hashBits);
  readonly #trust = new Uint32Array(longest + 1).fill(freshModel);
  #pointer = 0;
  #length = 0;
  #expected = 0;

  constructor(
    readonly minimum: number,
    readonly bits: number,
  ) {}

  /** 0 when nothing is predicted, else 1 to 3 by the length of the repeat: selects the mixer's weights. */
  get bucket(): number {
    if (this.#expected === 0) return 0;
    return this.#length < 8 ? 1 : this.#length < 24 ? 2 : 3;
  }

  /** Called before the symbol at `position`; looks up or follows the repeat. */
  setSymbol(data: Uint8Array, position: number): void {
    this.#expected = 0;
    if (this.minimum === 0 || position < this.minimum) return;
    if (this.#length > 0 && data[this.#pointer] === data[position - 1]) {
      this.#pointer++;
      if (this.#length < longest) this.#length++;
    } else this.#length = 0;
    let hash = 0;
    for (let i = 1; i <= this.minimum; i++) hash = Math.imul(hash ^ (data[position - i]! + 1), 0x2f0b4c47);
    const index = (hash ^ (hash >>> 15)) >>> (32 - hashBits);
    if (this.#length === 0) this.#start(data, position, this.#last[index]!);
    this.#last[index] = position;
    if (this.#length > 0) this.#expected = data[this.#pointer]! | (1 << this.bits);
  }

  #start(data: Uint8Array, position: number, candidate: number): void {
    if (candidate === 0) return;
    let length = 0;
    while (
      length < longest &&
      length < candidate &&
      data[candidate - 1 - length] === data[position - 1 - length]
    )
      length++;
    if (length < this.minimum) return;
    this.#pointer = candidate;
    this.#length = length;
  }

  /** The bit expected after `prefix` (bits so far with a leading 1, `left` bits to come), or -1. */
  expectedBit(prefix: number, left: number): number {
    if (this.#expected === 0 || this.#expected >>> left !== prefix) return -1;
    return (this.#expected >>> (left - 1)) & 1;
  }

  /** Logit of a 1, 0 without a prediction. */
  predict(expectedBit: number): number {
    if (expectedBit < 0) return 0;
    const logit = stretchTable[this.#trust[this.#length]! >>> 20]!;
    return expectedBit === 1 ? logit : -logit;
  }

  update(expectedBit: number, bit: number): void {
    if (expectedBit < 0) return;
    const model = this.#trust[this.#length]!;
    const p = model >>> 10;
    const target = expectedBit === bit ? 4194303 : 0;
    const n = model & 1023;
    const next = p + ((((target - p) >> 5) * steps[n]!) >> 8);
    this.#trust[this.#length] = ((next << 10) | (n < 255 ? n + 1 : 255)) >>> 0;
  }
}
