import { halfOctave } from './half-octave.js';
import type { WeightGeometry } from './parameters.js';

export const contextCount = 8;

/** Classes of an average magnitude, of a sum of magnitudes, and of a symbol with its sign. */
const averageClasses = 24;
const sumClasses = 24;
const signedClasses = 32;
/** An average moves by at least 1/64 of what a magnitude differs from it. */
const slowest = 61;

/** The first value of each context before those of rows and columns. */
const first = [0, 1, 257, 513, 513 + averageClasses ** 2, 513 + averageClasses ** 2 + sumClasses] as const;
/** Values of the contexts that do not depend on the shape. */
const fixedValues = first[5] + signedClasses ** 2;

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

/** Average magnitudes of lines (rows or columns) in 1/256, learned as symbols come. */
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
  add(line: number, magnitude: number): void {
    const seen = this.#seen[line]!;
    const value = this.#values[line]!;
    this.#values[line] = value + Math.trunc((magnitude * 256 - value) / (seen + 3));
    if (seen < slowest) this.#seen[line] = seen + 1;
  }
}

/** What is known before a symbol: which value each context has. Values of all contexts are numbered through. */
export class Contexts {
  readonly values = new Int32Array(contextCount);
  readonly #rows: number;
  readonly #rowAverages: Averages;
  readonly #columnAverages: Averages;
  #row = 0;
  #column = 0;

  /** @param mean average magnitude to begin with, in 1/256 */
  constructor(
    readonly geometry: WeightGeometry,
    length: number,
    mean: number,
  ) {
    this.#rows = Math.ceil(length / geometry.rowLength);
    this.#rowAverages = new Averages(this.#rows, mean);
    this.#columnAverages = new Averages(geometry.columns, mean);
  }

  /** Sets `values` for the symbol at `position`. */
  begin(ranks: Uint8Array, position: number): void {
    const { columns, rowLength, distances } = this.geometry;
    const before = (distance: number): number => (distance > position ? 0 : ranks[position - distance]!);
    const magnitude = (rank: number): number => (rank + 1) >> 1;
    this.#row = Math.floor(position / rowLength);
    this.#column = position % columns;
    const left = before(1);
    const up = before(rowLength);
    const near = before(distances[0]);
    const far = before(distances[1]);
    const sum =
      2 * magnitude(left) + magnitude(before(2)) + 2 * magnitude(up) + magnitude(near) + magnitude(far);
    const averages =
      this.#rowAverages.classOf(this.#row) * averageClasses + this.#columnAverages.classOf(this.#column);
    const pair = signedClass[near]! * signedClasses + signedClass[far]!;
    const values = this.values;
    values[0] = first[0];
    values[1] = first[1] + left;
    values[2] = first[2] + up;
    values[3] = first[3] + averages;
    values[4] = first[4] + halfOctave(sum);
    values[5] = first[5] + pair;
    values[6] = fixedValues + this.#row;
    values[7] = fixedValues + this.#rows + this.#column;
  }

  /** Learns the symbol that `begin` was called for. */
  end(rank: number): void {
    const magnitude = (rank + 1) >> 1;
    this.#rowAverages.add(this.#row, magnitude);
    this.#columnAverages.add(this.#column, magnitude);
  }
}
