import { squash } from '../../coding/logistic.js';
import { MatchModel } from './match.js';
import { Mixers } from './mixer.js';
import { type ContextParameters, historyOf } from './parameters.js';
import { ContextSlots } from './slots.js';

// See mixer.ts.
const toProbability = squash;

/** Bits after which a direct model no longer slows down. */
const slotLimit = 255;

/**
 * Predicts the bits of one symbol after another, the highest first. Encoder and decoder run the same model; use:
 * beginSymbol, then for each bit predict and update.
 */
export class ContextModel {
  readonly #slots: ContextSlots;
  readonly #match: MatchModel;
  readonly #mixers: Mixers;
  readonly #inputs: Int32Array;
  readonly #bits: number;
  readonly #period: number;
  #prefix = 1;
  #node = 1;
  #left = 0;
  #phase = 0;
  #before = 0;
  #expectedBit = -1;

  constructor(parameters: ContextParameters) {
    const inputs = 2 * parameters.contexts.length + 2;
    this.#inputs = new Int32Array(inputs);
    this.#bits = parameters.bits;
    this.#period = parameters.period;
    this.#slots = new ContextSlots(parameters.contexts, parameters.tableBits, slotLimit);
    this.#match = new MatchModel(parameters.minimumMatch, parameters.bits);
    this.#mixers = new Mixers(inputs, [256, 4 * parameters.period, 256], parameters.rate);
  }

  beginSymbol(data: Uint8Array, position: number): void {
    this.#match.setSymbol(data, position);
    this.#slots.setSymbol(data, position, this.#match);
    this.#before = position > 0 ? data[position - 1]! : 0;
    this.#phase = (position % this.#period) * 4 + this.#match.bucket;
    this.#prefix = 1;
    this.#left = this.#bits;
  }

  /** Probability of a 1 in 1/65536. */
  predict(): number {
    if (this.#left === this.#bits || this.#left === 4) {
      this.#slots.setGroup(this.#prefix);
      this.#node = 1;
    }
    const inputs = this.#inputs;
    this.#slots.predict(this.#node, inputs);
    this.#expectedBit = this.#match.expectedBit(this.#prefix, this.#left);
    this.#match.predict(this.#expectedBit, this.#left, inputs, inputs.length - 2);
    return toProbability(this.#mixers.mix(inputs, this.#prefix, this.#phase, this.#before));
  }

  update(bit: number): void {
    this.#mixers.update(this.#inputs, bit);
    this.#slots.update(this.#node, bit);
    this.#match.update(this.#expectedBit, bit, this.#left);
    this.#prefix = (this.#prefix << 1) | bit;
    this.#node = (this.#node << 1) | bit;
    this.#left--;
  }
}

/** A model that has learned what stands before the first symbol; that is in `data`, up to `start`, followed by room for `length` symbols. */
export function startModel(
  parameters: ContextParameters,
  length: number,
): { data: Uint8Array; start: number; model: ContextModel } {
  const history = historyOf(parameters);
  const start = history.length;
  const data = new Uint8Array(start + length);
  data.set(history);
  const model = new ContextModel(parameters);
  for (let position = 0; position < start; position++) {
    model.beginSymbol(data, position);
    for (let shift = parameters.bits - 1; shift >= 0; shift--) {
      model.predict();
      model.update((data[position]! >> shift) & 1);
    }
  }
  return { data, start, model };
}
