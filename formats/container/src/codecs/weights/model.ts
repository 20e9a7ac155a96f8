import { Contexts, type MeanMagnitudes } from './contexts.js';
import { Extremes } from './extremes.js';
import { halfOctave } from './half-octave.js';
import { WeightMixer } from './mixer.js';
import { limits, type WeightParameters } from './parameters.js';
import type { DecisionTree } from './tree.js';

/** Codes a bit, or decodes it: then what is given does not matter. */
export type CodeBit = (bit: number, probability: number) => number;

const extremeRank = 2 * limits.extreme - 1;

/** If symbols were as frequent as the levels say. */
function meanMagnitudes({ levels, largest }: WeightParameters): MeanMagnitudes {
  const zeros = 2 ** (15 - levels[0]!);
  let sum = 0;
  let weighted = 0;
  for (let rank = 0; rank <= largest; rank++) {
    const magnitude = (rank + 1) >> 1;
    const weight = 2 ** (15 - levels[halfOctave(magnitude)]!);
    sum += weight;
    weighted += weight * magnitude;
  }
  return {
    all: Math.floor((256 * weighted) / sum),
    nonzero: Math.floor((256 * weighted) / (sum - zeros)),
  };
}

/** What encoder and decoder do alike: ranks as binary decisions, each with its probability. */
export class WeightModel {
  readonly #contexts: Contexts;
  readonly #mixer: WeightMixer;
  readonly #extremes: Extremes | null;

  constructor(
    parameters: WeightParameters,
    readonly tree: DecisionTree,
    length: number,
  ) {
    this.#contexts = new Contexts(parameters, length, meanMagnitudes(parameters));
    this.#mixer = new WeightMixer(parameters, tree, length);
    this.#extremes = parameters.extremes ? new Extremes(parameters, length) : null;
  }

  /** Codes the rank at `position`; those before it are in `ranks`. Returns the rank. */
  code(ranks: Uint8Array, position: number, rank: number, codeBit: CodeBit): number {
    this.#contexts.begin(ranks, position);
    const extreme = this.#extremes ? this.#codeExtreme(this.#extremes, position, rank, codeBit) : -1;
    const result = extreme < 0 ? this.#codeInTree(position, rank, codeBit) : extreme;
    this.#contexts.end(result, extreme >= 0);
    return result;
  }

  /** The rank when it is an extreme one, else -1. */
  #codeExtreme(extremes: Extremes, position: number, rank: number, codeBit: CodeBit): number {
    extremes.begin(position);
    const isExtreme = codeBit(rank >= extremeRank ? 1 : 0, extremes.probability);
    extremes.update(isExtreme);
    if (!isExtreme) return -1;
    const sign = codeBit(rank - extremeRank, extremes.signProbability);
    extremes.updateSign(sign);
    return extremeRank + sign;
  }

  #codeInTree(position: number, rank: number, codeBit: CodeBit): number {
    const { split, next } = this.tree;
    this.#mixer.begin(this.#contexts.values, position);
    let node = 0;
    while (node >= 0) {
      const bit = codeBit(rank >= split[node]! ? 1 : 0, this.#mixer.predict(node));
      this.#mixer.update(bit);
      node = next[2 * node + bit]!;
    }
    return -1 - node;
  }
}

/** The rank of a byte: 0 for the center, 1, 3 … for those above it, 2, 4 … for those below. */
export function rankOf(byte: number, center: number): number {
  const difference = ((byte - center) << 24) >> 24;
  if (difference === -128) return 255;
  return difference > 0 ? 2 * difference - 1 : -2 * difference;
}

/** The byte of a rank. */
export function byteOf(rank: number, center: number): number {
  const magnitude = (rank + 1) >> 1;
  return (rank & 1 ? center + magnitude : center - magnitude) & 255;
}
