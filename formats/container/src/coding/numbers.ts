import { freshModel, probability16, updatedModel } from './adaptive.js';
import { BinaryDecoder, BinaryEncoder } from './binary-coder.js';

/** Models per number context: 32 for the length in bits, 32 × 8 for the bits below the leading 1. */
const modelsPerContext = 32 + 32 * 8;
const limit = 60;
/** A number has at most this many bits after its leading 1. */
const maxLength = 23;

/**
 * Side information (palettes, frequency tables, class maps) as numbers in adaptive Elias-gamma codes: the bit length
 * of value + 1 in unary, then its lower bits, highest first; every bit has an adaptive model chosen by `context`, the
 * bit length and the (at most two) bits before it. A length of 23 has no closing 0.
 */
class NumberModels {
  readonly models: Uint32Array;
  constructor(readonly contexts: number) {
    this.models = new Uint32Array(contexts * modelsPerContext).fill(freshModel);
  }
  see(index: number, bit: number): void {
    this.models[index] = updatedModel(this.models[index]!, bit, limit);
  }
}

/** Index of the model for mantissa bit `level` (0 = highest) after `prefix` (with a leading 1). */
function mantissaModel(context: number, length: number, level: number, prefix: number): number {
  const node = level < 3 ? prefix : 0;
  return context * modelsPerContext + 32 + length * 8 + node;
}

/** Where numbers go: to an encoder, or to one that only adds up what they would cost. */
export abstract class NumberSink extends NumberModels {
  /** Takes one bit whose model has this index. */
  protected abstract bit(index: number, bit: number): void;

  /** @param value 0 to 2^24 - 2 */
  put(context: number, value: number): void {
    const length = 31 - Math.clz32(value + 1);
    for (let i = 0; i < length; i++) this.bit(context * modelsPerContext + i, 1);
    if (length < maxLength) this.bit(context * modelsPerContext + length, 0);
    let prefix = 1;
    for (let level = 0; level < length; level++) {
      const bit = ((value + 1) >>> (length - 1 - level)) & 1;
      this.bit(mantissaModel(context, length, level, prefix), bit);
      prefix = (prefix << 1) | bit;
    }
  }
}

export class NumberEncoder extends NumberSink {
  readonly #coder = new BinaryEncoder();

  protected bit(index: number, bit: number): void {
    this.#coder.encode(bit, probability16(this.models[index]!));
    this.see(index, bit);
  }
  finish(): Uint8Array {
    return this.#coder.finish();
  }
}

/** Bits that an event of probability p / 4096 costs, p from 1; the ends stand for the middle of their interval. */
const bitCosts = Float64Array.from(
  { length: 4097 },
  (_, p) => 12 - Math.log2(Math.min(4095.5, Math.max(0.5, p))),
);

/** The bits that an encoder would spend, without its bytes. */
export class NumberCost extends NumberSink {
  bits = 0;

  protected bit(index: number, bit: number): void {
    const p = this.models[index]! >>> 20;
    this.bits += bitCosts[bit ? p : 4096 - p]!;
    this.see(index, bit);
  }
  /** Forgets everything, to be used again. */
  reset(): void {
    this.bits = 0;
    this.models.fill(freshModel);
  }
}

export class NumberDecoder extends NumberModels {
  readonly #coder: BinaryDecoder;

  constructor(contexts: number, data: Uint8Array) {
    super(contexts);
    this.#coder = new BinaryDecoder(data);
  }
  get exact(): boolean {
    return this.#coder.exact;
  }
  get overrun(): boolean {
    return this.#coder.overrun;
  }
  #bit(index: number): number {
    const bit = this.#coder.decode(probability16(this.models[index]!));
    this.see(index, bit);
    return bit;
  }
  /** A number below 2^24; damaged data gives some number in that range, which the caller checks. */
  get(context: number): number {
    let length = 0;
    while (length < maxLength && this.#bit(context * modelsPerContext + length)) length++;
    let prefix = 1;
    for (let level = 0; level < length; level++) {
      prefix = (prefix << 1) | this.#bit(mantissaModel(context, length, level, prefix));
    }
    return prefix - 1;
  }
}
