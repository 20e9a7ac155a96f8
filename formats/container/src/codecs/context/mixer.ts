import { squash } from '../../coding/logistic.js';

// A copy of an import that is used for every bit: test runners turn each read of an import into a getter call.
const toProbability = squash;

/**
 * A gated logistic mixer: the selected set of weights (16.16 fixed point) turns input logits into one logit, and
 * after the bit is known moves along the gradient of its coding cost (Mahoney 2005, the PAQ mixer).
 */
export class Mixer {
  readonly #weights: Int32Array;
  #base = 0;
  #probability = 0;

  constructor(
    readonly inputs: number,
    sets: number,
    readonly rate: number,
  ) {
    this.#weights = new Int32Array(inputs * sets).fill(Math.floor((16 * 65536) / (10 * inputs)));
  }

  /** The mixed logit, clamped to ±2047. */
  mix(inputs: Int32Array, set: number): number {
    this.#base = set * this.inputs;
    let sum = 0;
    for (let i = 0; i < this.inputs; i++) sum += Math.imul(inputs[i]!, this.#weights[this.#base + i]!) >> 8;
    sum >>= 8;
    const logit = sum > 2047 ? 2047 : sum < -2047 ? -2047 : sum;
    this.#probability = toProbability(logit);
    return logit;
  }

  update(inputs: Int32Array, bit: number): void {
    const error = Math.imul((bit << 16) - this.#probability, this.rate) >> 6;
    for (let i = 0; i < this.inputs; i++) {
      const at = this.#base + i;
      const weight = this.#weights[at]! + ((Math.imul(inputs[i]!, error) + 8192) >> 14);
      this.#weights[at] = weight > 524287 ? 524287 : weight < -524287 ? -524287 : weight;
    }
  }
}
