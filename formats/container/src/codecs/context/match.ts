import { freshModel, steps } from '../../coding/adaptive.js';
import { stretchTable } from '../../coding/logistic.js';

const hashBits = 16;
const longest = 63;
const fresh = freshModel | 0;

/** Places of trust: 24 classes of length times 5 of what failed lately. */
const trusts = 120;
/** Failures of the last eight symbols after which a match is given up: all. */
const allFailed = 255;

function lengthClass(length: number): number {
  if (length < 16) return length;
  return length < 32 ? 16 + ((length - 16) >> 2) : 20 + Math.min(3, (length - 32) >> 3);
}

function failureClass(failures: number): number {
  if (failures === 0) return 0;
  return (failures & 1 ? 2 : 1) + (failures > 3 ? 2 : 0);
}

/**
 * Follows the latest earlier place where the last `minimum` symbols stood, and predicts that its next symbol comes again. A
 * symbol that differs does not end it: records often differ in one field. How far the prediction is to be trusted is learned in two
 * ways: per length of the match and recent failures, and per expected symbol.
 */
export class MatchModel {
  readonly #last = new Int32Array(2 ** hashBits);
  readonly #byLength = new Int32Array(trusts).fill(fresh);
  readonly #bySymbol = new Int32Array(256 * 8).fill(fresh);
  #pointer = 0;
  /** A bit per symbol that was predicted wrongly, the latest lowest; symbols predicted rightly shift some of them out. */
  #failures = 0;
  #trust = 0;
  /** Symbols that agreed since the match began or last failed, at most 63. */
  length = 0;
  /** 256 + the expected symbol, 0 for none. */
  expected = 0;

  constructor(
    readonly minimum: number,
    readonly bits: number,
  ) {}

  /** 0 when nothing is predicted, else 1 to 3 by the length of the repeat: selects the mixer's weights. */
  get bucket(): number {
    if (this.expected === 0) return 0;
    return this.length < 8 ? 1 : this.length < 24 ? 2 : 3;
  }

  /** Called before the symbol at `position`; looks up or follows the repeat. */
  setSymbol(data: Uint8Array, position: number): void {
    this.expected = 0;
    if (this.minimum === 0 || position < this.minimum) return;
    if (this.#pointer > 0) this.#follow(data[this.#pointer] === data[position - 1]);
    let hash = 0;
    for (let i = 1; i <= this.minimum; i++) hash = Math.imul(hash ^ (data[position - i]! + 1), 0x2f0b4c47);
    const index = (hash ^ (hash >>> 15)) >>> (32 - hashBits);
    if (this.length < this.minimum) this.#start(data, position, this.#last[index]!);
    this.#last[index] = position;
    if (this.#pointer === 0) return;
    this.expected = 256 | data[this.#pointer]!;
    this.#trust = lengthClass(this.length) * 5 + failureClass(this.#failures);
  }

  #follow(agreed: boolean): void {
    this.#pointer++;
    if (!agreed) {
      this.#failures = ((this.#failures << 1) | 1) & allFailed;
      this.length = 0;
      if (this.#failures === allFailed) this.#pointer = 0;
      return;
    }
    if (this.length < longest) this.length++;
    if (this.length % 4 === 0 && this.length <= 16) this.#failures >>= 1;
  }

  #start(data: Uint8Array, position: number, candidate: number): void {
    let length = 0;
    while (
      length < longest &&
      length < candidate &&
      data[candidate - 1 - length] === data[position - 1 - length]
    )
      length++;
    if (length < this.minimum) return;
    this.#pointer = candidate;
    this.length = length;
    this.#failures = 0;
  }

  /** The bit expected after `prefix` (bits so far with a leading 1, `left` bits to come), or -1. */
  expectedBit(prefix: number, left: number): number {
    const symbol = (this.expected & 255) | (1 << this.bits);
    if (this.expected === 0 || symbol >>> left !== prefix) return -1;
    return (symbol >>> (left - 1)) & 1;
  }

  /** Writes two logits of a 1, 0 without a prediction. */
  predict(expectedBit: number, left: number, inputs: Int32Array, at: number): void {
    const byLength = expectedBit < 0 ? 0 : stretchTable[this.#byLength[this.#trust]! >>> 20]!;
    const bySymbol = expectedBit < 0 ? 0 : stretchTable[this.#bySymbol[this.#place(left)]! >>> 20]!;
    inputs[at] = expectedBit === 1 ? byLength : -byLength;
    inputs[at + 1] = expectedBit === 1 ? bySymbol : -bySymbol;
  }

  update(expectedBit: number, bit: number, left: number): void {
    if (expectedBit < 0) return;
    const target = expectedBit === bit ? 4194303 : 0;
    const place = this.#place(left);
    this.#byLength[this.#trust] = moved(this.#byLength[this.#trust]!, target);
    this.#bySymbol[place] = moved(this.#bySymbol[place]!, target);
  }

  #place(left: number): number {
    return (this.expected & 255) * 8 + left - 1;
  }
}

function moved(model: number, target: number): number {
  const n = model & 1023;
  const p = model >>> 10;
  const next = p + (Math.imul((target - p) >> 5, steps[n]!) >> 8);
  return (next << 10) | (n < 255 ? n + 1 : 255);
}
