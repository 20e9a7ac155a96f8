import { squash } from '../../coding/logistic.js';

// A copy of an import that is used for every bit: test runners turn each read of an import into a getter call.
const toProbability = squash;

const largestWeight = 524287;

const clamped = (logit: number): number => (logit > 2047 ? 2047 : logit < -2047 ? -2047 : logit);

/**
 * Three gated logistic mixers over the same inputs: each has a selected set of weights (16.16 fixed point) that turns input logits
 * into one logit, and after the bit is known moves along the gradient of its coding cost (Mahoney 2005, the PAQ mixer).
 * They go through the inputs together, which takes little longer than one.
 */
export class Mixers {
  readonly #weights: [Int32Array, Int32Array, Int32Array];
  readonly #bases = [0, 0, 0];
  readonly #probabilities = [0, 0, 0];

  /** @param sets number of sets of each mixer */
  constructor(
    readonly inputs: number,
    sets: [number, number, number],
    readonly rate: number,
  ) {
    const initial = Math.floor((16 * 65536) / (10 * inputs));
    const weights = (count: number): Int32Array => new Int32Array(inputs * count).fill(initial);
    this.#weights = [weights(sets[0]), weights(sets[1]), weights(sets[2])];
  }

  /** The mean of the mixed logits, each clamped to ±2047, with the selected set of each mixer. */
  mix(inputs: Int32Array, firstSet: number, secondSet: number, thirdSet: number): number {
    const [first, second, third] = this.#weights;
    const a = firstSet * this.inputs;
    const b = secondSet * this.inputs;
    const c = thirdSet * this.inputs;
    let firstSum = 0;
    let secondSum = 0;
    let thirdSum = 0;
    for (let i = 0; i < this.inputs; i++) {
      const input = inputs[i]!;
      firstSum = (firstSum + (Math.imul(input, first[a + i]!) >> 8)) | 0;
      secondSum = (secondSum + (Math.imul(input, second[b + i]!) >> 8)) | 0;
      thirdSum = (thirdSum + (Math.imul(input, third[c + i]!) >> 8)) | 0;
    }
    const logits = [clamped(firstSum >> 8), clamped(secondSum >> 8), clamped(thirdSum >> 8)] as const;
    for (let m = 0; m < 3; m++) this.#probabilities[m] = toProbability(logits[m]!);
    this.#bases[0] = a;
    this.#bases[1] = b;
    this.#bases[2] = c;
    return ((logits[0] + logits[1] + logits[2]) * 21845) >> 16;
  }

  update(inputs: Int32Array, bit: number): void {
    for (let m = 0; m < 3; m++) {
      const weights = this.#weights[m]!;
      const base = this.#bases[m]!;
      const error = Math.imul((bit << 16) - this.#probabilities[m]!, this.rate) >> 6;
      for (let i = 0; i < this.inputs; i++) {
        weights[base + i] = moved(weights[base + i]!, Math.imul(inputs[i]!, error));
      }
    }
  }
}

function moved(weight: number, step: number): number {
  const next = weight + ((step + 8192) >> 14);
  return next > largestWeight ? largestWeight : next < -largestWeight ? -largestWeight : next;
}
