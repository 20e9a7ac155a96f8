import { eighthOctave, halfOctave } from './half-octave.js';
import type { WeightGeometry } from './parameters.js';

export const contextCount = 8;

/** Classes of an average magnitude, of a symbol with its sign, of a least magnitude, and of a finer average. */
const averageClasses = 24;
const signedClasses = 32;
const leastClasses = 66;
const fineClasses = 96;
/** An average moves by at least 1/64 of what a magnitude differs from it. */
const slowest = 61;

/** The first value of each context before those of rows and columns. */
const pairs = 257 + averageClasses ** 2;
const leasts = pairs + signedClasses ** 2;
const first = [0, 1, 257, pairs, leasts, leasts + leastClasses] as const;
/** Values of the contexts that do not depend on the shape. */
const fixedValues = first[5] + fineClasses;

/** Number of rows and of columns. */
export function lineCounts({ columns, rowLength }: WeightGeometry, length: number): [number, number] {
  return [Math.ceil(length / rowLength), columns];
}

/** Values of all contexts together. */
export function contextValues(geometry: WeightGeometry, length: number): number {
  const [rows, columns] = lineCounts(geometry, length);
  return fixedValues + rows + columns;
}

/** A rank's magnitude class with its sign in the lowest bit. */
const signedClass = Uint8Array.from(
  { length: 256 },
  (_, rank) => 2 * halfOctave((rank + 1) >> 1) + (rank & 1),
);

/** Average magnitudes of lines (rows, columns or channels) in 1/256, learned as symbols come. */
class Averages {
  readonly #values: Int32Array;
  readonly #seen: Uint8Array;

  constructor(lines: number, initial: number) {
    this.#values = new Int32Array(lines).fill(initial);
    this.#seen = new Uint8Array(lines);
  }
  /** Class of a line's average, below `averageClasses`. */
  classOf(line: number): number {
    return halfOctave(this.#values[line]! >> 4);
  }
  /** A finer class, below `fineClasses`. */
  fineClassOf(line: number): number {
    return eighthOctave(this.#values[line]! >> 4);
  }
  add(line: number, magnitude: number): void {
    const seen = this.#seen[line]!;
    const value = this.#values[line]!;
    this.#values[line] = value + Math.trunc((magnitude * 256 - value) / (seen + 3));
    if (seen < slowest) this.#seen[line] = seen + 1;
  }
}

/** Average magnitudes to begin with, in 1/256: of all symbols, and of those that are not 0. */
export interface MeanMagnitudes {
  all: number;
  nonzero: number;
}

/** What is known before a symbol: which value each context has. Values of all contexts are numbered through. */
export class Contexts {
  readonly values = new Int32Array(contextCount);
  readonly #rows: number;
  readonly #rowAverages: Averages;
  readonly #columnAverages: Averages;
  /**
   * Of each channel's symbols that are neither 0 nor extremes. Pruning leaves no magnitudes below one threshold for the whole layer, which
   * quantization by the largest magnitude multiplies by another factor in each channel.
   */
  readonly #nonzeroAverages: Averages;
  /** The least of them, 0 before the first. */
  readonly #least: Uint8Array;
  #row = 0;
  #column = 0;
  #channel = 0;

  constructor(
    readonly geometry: WeightGeometry,
    length: number,
    means: MeanMagnitudes,
  ) {
    this.#rows = Math.ceil(length / geometry.rowLength);
    this.#rowAverages = new Averages(this.#rows, means.all);
    this.#columnAverages = new Averages(geometry.columns, means.all);
    const channels = geometry.channelsAreColumns ? geometry.columns : this.#rows;
    this.#nonzeroAverages = new Averages(channels, means.nonzero);
    this.#least = new Uint8Array(channels);
  }

  /** Sets `values` for the symbol at `position`. */
  begin(ranks: Uint8Array, position: number): void {
    const { columns, rowLength, distances, channelsAreColumns } = this.geometry;
    const before = (distance: number): number => (distance > position ? 0 : ranks[position - distance]!);
    this.#row = Math.floor(position / rowLength);
    this.#column = position % columns;
    this.#channel = channelsAreColumns ? this.#column : this.#row;
    const near = before(distances[0]);
    const far = before(distances[1]);
    const averages =
      this.#rowAverages.classOf(this.#row) * averageClasses + this.#columnAverages.classOf(this.#column);
    const pair = signedClass[near]! * signedClasses + signedClass[far]!;
    const values = this.values;
    values[0] = first[0];
    values[1] = first[1] + before(rowLength);
    values[2] = first[2] + averages;
    values[3] = first[3] + pair;
    values[4] = first[4] + ((this.#least[this.#channel]! + 1) >> 1);
    values[5] = first[5] + this.#nonzeroAverages.fineClassOf(this.#channel);
    values[6] = fixedValues + this.#row;
    values[7] = fixedValues + this.#rows + this.#column;
  }

  /** Learns the symbol that `begin` was called for. */
  end(rank: number, isExtreme: boolean): void {
    const magnitude = (rank + 1) >> 1;
    this.#rowAverages.add(this.#row, magnitude);
    this.#columnAverages.add(this.#column, magnitude);
    if (rank === 0 || isExtreme) return;
    this.#nonzeroAverages.add(this.#channel, magnitude);
    const least = this.#least[this.#channel]!;
    if (least === 0 || magnitude < least) this.#least[this.#channel] = magnitude;
  }
}
