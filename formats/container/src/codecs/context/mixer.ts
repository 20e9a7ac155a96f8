import { squash } from '../../coding/logistic.js';

// A copy of an import that is used for every bit: test runners turn each read of an import into a getter call.
const toProbability = squash;

const largestWeight = 524287;

const clamped = (logit: number): number => (logit > 2047 ? 2047 : logit < -2047 ? -2047 : logit);

/**
 * Two gated logistic mixers over the same inputs: each has a selected set of weights (16.16 fixed point) that turns input logits
 * into one logit, and after the bit is known moves along the gradient of its coding cost (Mahoney 2005, the PAQ mixer).
 * They go through the inputs together, which takes little longer than one.
 */
export class MixerPair {
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  #firstBase = 0;
  #secondBase = 0;
  #firstProbability = 0;
  #secondProbability = 0;

  constructor(
    readonly inputs: number,
    firstSets: number,
    secondSets: number,
    readonly rate: number,
  ) {
    const initial = Math.floor((16 * 65536) / (10 * inputs));
    this.#first = new Int32Array(inputs * firstSets).fill(initial);
    this.#second = new Int32Array(inputs * secondSets).fill(initial);
  }

  /** The sum of both mixed logits, each clamped to ±2047. */
  mix(inputs: Int32Array, firstSet: number, secondSet: number): number {
    const first = this.#first;
    const second = this.#second;
    const firstBase = firstSet * this.inputs;
    const secondBase = secondSet * this.inputs;
    let firstSum = 0;
    let secondSum = 0;
    for (let i = 0; i < this.inputs; i++) {
      const input = inputs[i]!;
      firstSum = (firstSum + (Math.imul(input, first[firstBase + i]!) >> 8)) | 0;
      secondSum = (secondSum + (Math.imul(input, second[secondBase + i]!) >> 8)) | 0;
    }
    this.#firstBase = firstBase;
    this.#secondBase = secondBase;
    const firstLogit = clamped(firstSum >> 8);
    const secondLogit = clamped(secondSum >> 8);
    this.#firstProbability = toProbability(firstLogit);
    this.#secondProbability = toProbability(secondLogit);
    return firstLogit + secondLogit;
  }

  update(inputs: Int32Array, bit: number): void {
    const first = this.#first;
    const second = this.#second;
    const firstError = Math.imul((bit << 16) - this.#firstProbability, this.rate) >> 6;
    const secondError = Math.imul((bit << 16) - this.#secondProbability, this.rate) >> 6;
    for (let i = 0, a = this.#firstBase, b = this.#secondBase; i < this.inputs; i++, a++, b++) {
      const input = inputs[i]!;
      first[a] = moved(first[a]!, Math.imul(input, firstError));
      second[b] = moved(second[b]!, Math.imul(input, secondError));
    }
  }
}

function moved(weight: number, step: number): number {
  const next = weight + ((step + 8192) >> 14);
  return next > largestWeight ? largestWeight : next < -largestWeight ? -largestWeight : next;
}
