import {
  farthestStart,
  firstDistances,
  type LiteralPlace,
  operation,
  sightOfLiterals,
  start,
  stateAfter,
} from './contexts.js';
import { dictionary } from './dictionary.js';

/** What encoder and decoder know alike after the operations so far. Positions count from the end of the dictionary. */
export class RecordState {
  position = 0;
  state = 0;
  /** The four latest distances, the latest first. */
  distances: number[] = [...firstDistances];

  /**
   * @param bytes the dictionary, then the data (known up to position)
   * @param starts what started at each position of the data
   */
  constructor(
    readonly bytes: Uint8Array,
    readonly starts: Uint8Array,
  ) {}

  /** The same state, going on with other starts. */
  over(starts: Uint8Array): RecordState {
    const other = new RecordState(this.bytes, starts);
    other.position = this.position;
    other.state = this.state;
    other.distances = [...this.distances];
    return other;
  }
  /** Distances that reach to bytes that exist. */
  reaches(distance: number): boolean {
    return distance <= this.position + dictionary.length;
  }
  /** What started at the byte that the latest distance points to. */
  started(): number {
    const [distance] = this.distances;
    if (distance! > this.position || distance! > farthestStart) return start.none;
    return this.starts[this.position - distance!]!;
  }
  /** Length up to the literal that followed the source; 0 when none is in sight. */
  predictedLength(distance: number): number {
    if (distance > this.position || distance > farthestStart) return 0;
    const source = this.position - distance;
    const last = Math.min(sightOfLiterals, distance - 1);
    for (let length = 1; length <= last; length++) {
      if (this.starts[source + length] === start.literal) return length;
    }
    return 0;
  }
  literalPlace(): LiteralPlace {
    const at = this.position + dictionary.length;
    const [distance] = this.distances;
    return {
      position: this.position,
      before: this.bytes[at - 1]!,
      matched: distance! <= at ? this.bytes[at - distance!]! : 0,
      afterCopy: this.state >= 2,
    };
  }
  afterLiteral(): void {
    this.starts[this.position++] = start.literal;
    this.state = stateAfter(this.state, operation.literal);
  }
  afterCopy(op: number, distance: number, length: number): void {
    this.starts[this.position] = start.copy;
    this.position += length;
    this.state = stateAfter(this.state, op);
    this.distances = latestFirst(this.distances, op, distance);
  }
}

/** Index of the distance that a repeat uses. */
export const repeatIndex = (op: number): number =>
  op >= operation.repeatTimed ? op - operation.repeatTimed : op - operation.repeat;

export const isFresh = (op: number): boolean => op === operation.fresh || op === operation.freshTimed;

/** The distances after a copy: its own comes to the front. */
export function latestFirst(distances: number[], op: number, distance: number): number[] {
  const index = isFresh(op) ? distances.length - 1 : repeatIndex(op);
  return [distance, ...distances.slice(0, index), ...distances.slice(index + 1)];
}

/** Number of bytes in a copy of the dictionary followed by room for the data. */
export function withDictionary(length: number): Uint8Array {
  const bytes = new Uint8Array(dictionary.length + length);
  bytes.set(dictionary);
  return bytes;
}
