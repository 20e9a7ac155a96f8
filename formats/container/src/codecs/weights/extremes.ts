import { lineCounts } from './contexts.js';
import { halfOctave } from './half-octave.js';
import { movedState } from './mixer.js';
import type { WeightGeometry } from './parameters.js';

/** Contexts: 0 for a channel that has its extreme, else by how many symbols of the channel are left. */
const stateCount = 80;
const exact = 16;

function contextOf(left: number): number {
  return left <= exact ? left : halfOctave(left) + 9;
}

/** The shortest rest of a channel with this context. */
function shortest(context: number): number {
  if (context <= exact) return context;
  const octave = (context - 9) >> 1;
  return 2 ** octave + ((context - 9) & 1) * 2 ** (octave - 1);
}

function initialState(context: number): number {
  if (context === 0) return (12582 << 10) | 10;
  const p = context === 1 ? 4110417 : Math.floor((context <= exact ? 4194303 : 3495253) / shortest(context));
  return (p << 10) | 20;
}

/**
 * Symmetric quantization by the largest magnitude of a channel leaves one weight of ±127 in it: whether the next one is it is
 * coded apart, with probability 1 / (weights left) to begin with.
 */
export class Extremes {
  readonly #states = Int32Array.from({ length: stateCount }, (_, context) => initialState(context));
  readonly #found: Uint8Array;
  #sign = (2 ** 31) | 0;
  #channel = 0;
  #context = 0;

  constructor(
    readonly geometry: WeightGeometry,
    readonly length: number,
  ) {
    this.#found = new Uint8Array(Math.max(...lineCounts(geometry, length)));
  }

  /** Called before the symbol at `position`. */
  begin(position: number): void {
    const { columns, rowLength, channelsAreColumns } = this.geometry;
    this.#channel = channelsAreColumns ? position % columns : Math.floor(position / rowLength);
    const left = channelsAreColumns
      ? Math.ceil((this.length - position) / columns)
      : rowLength - (position % rowLength);
    this.#context = this.#found[this.#channel] ? 0 : contextOf(left);
  }

  /** Probability in 1/65536 that the symbol is an extreme. */
  get probability(): number {
    return probability(this.#states[this.#context]!);
  }
  update(bit: number): void {
    const state = this.#states[this.#context]!;
    this.#states[this.#context] = movedState(state, bit ? 4194303 : 0);
    if (bit) this.#found[this.#channel] = 1;
  }

  /** Probability in 1/65536 that an extreme is below the center. */
  get signProbability(): number {
    return probability(this.#sign);
  }
  updateSign(bit: number): void {
    this.#sign = movedState(this.#sign, bit ? 4194303 : 0);
  }
}

function probability(state: number): number {
  return Math.max(1, state >>> 16);
}
