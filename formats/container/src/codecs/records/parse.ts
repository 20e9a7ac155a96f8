import {
  exponentRow,
  farthestStart,
  leastCopy,
  lengthRow,
  operation,
  operationRow,
  repeats,
  rows,
  sightOfLiterals,
  start,
  stateAfter,
} from './contexts.js';
import type { Costs } from './cost.js';
import { dictionary } from './dictionary.js';
import { emptyMatches, goodLength, type Matches, type MatchFinder } from './matches.js';
import { latestFirst, type RecordState } from './state.js';
import { type Operation, operationOf } from './write.js';

/** Where each position of a segment is reached from most cheaply. */
class Arrivals {
  readonly price: Float64Array;
  readonly length: Int32Array;
  readonly kind: Uint8Array;
  readonly distance: Int32Array;

  constructor(count: number) {
    this.price = new Float64Array(count + 1).fill(Number.POSITIVE_INFINITY);
    this.length = new Int32Array(count + 1);
    this.kind = new Uint8Array(count + 1);
    this.distance = new Int32Array(count + 1);
  }
  offer(at: number, price: number, length: number, kind: number, distance: number): void {
    if (price >= this.price[at]!) return;
    this.price[at] = price;
    this.length[at] = length;
    this.kind[at] = kind;
    this.distance[at] = distance;
  }
}

/** For each position the way to the next literal of the parse before, 0 when none is in sight. */
function waysToLiterals(starts: Uint8Array, from: number, end: number): Uint8Array {
  const ways = new Uint8Array(end - from);
  let next = Number.POSITIVE_INFINITY;
  for (let at = end - 1; at >= from; at--) {
    if (next - at <= sightOfLiterals) ways[at - from] = next - at;
    if (starts[at] === start.literal) next = at;
  }
  return ways;
}

/**
 * The cheapest operations for bytes [first position, end) by costs that stand still (Storer and Szymanski's optimal parsing, as
 * in LZMA). The state in which a position is reached is that of its cheapest arrival.
 */
export class Parser {
  readonly #arrivals: Arrivals;
  readonly #states: Uint8Array;
  readonly #distances: number[][];
  readonly #ways: Uint8Array;
  readonly #waysFrom: number;
  readonly #first: number;

  /** @param state before the segment. @param starts of the parse before, for predicted lengths */
  constructor(
    readonly finder: MatchFinder,
    readonly state: RecordState,
    readonly starts: Uint8Array,
    readonly end: number,
    readonly costs: Costs,
  ) {
    this.#first = state.position;
    const count = end - this.#first;
    this.#arrivals = new Arrivals(count);
    this.#states = new Uint8Array(count + 1);
    this.#distances = new Array(count + 1);
    this.#waysFrom = Math.max(0, this.#first - farthestStart);
    this.#ways = waysToLiterals(starts, this.#waysFrom, end);
  }
  #predicted(position: number, distance: number): number {
    if (distance > position || distance > farthestStart) return 0;
    const way = this.#ways[position - distance - this.#waysFrom]!;
    return way < distance ? way : 0;
  }
  #started(position: number, distance: number): number {
    return distance > position || distance > farthestStart ? start.none : this.starts[position - distance]!;
  }
  /** State and distances with which `at` (an index in the segment) is reached. */
  #arrive(at: number): void {
    const { length, kind, distance } = this.#arrivals;
    if (at === 0) {
      this.#states[0] = this.state.state;
      this.#distances[0] = this.state.distances;
      return;
    }
    const from = at - length[at]!;
    const op = kind[at]!;
    this.#states[at] = stateAfter(this.#states[from]!, op);
    this.#distances[at] =
      op === operation.literal
        ? this.#distances[from]!
        : latestFirst(this.#distances[from]!, op, distance[at]!);
  }
  #offerLiteral(at: number, row: number): void {
    const { bytes } = this.state;
    const place = dictionary.length + this.#first + at;
    const distance = this.#distances[at]![0]!;
    const context = {
      position: this.#first + at,
      before: bytes[place - 1]!,
      matched: distance <= place ? bytes[place - distance]! : 0,
      afterCopy: this.#states[at]! >= 2,
    };
    const price = this.costs.symbol(row, operation.literal) + this.costs.literal(context, bytes[place]!);
    this.#arrivals.offer(at + 1, this.#arrivals.price[at]! + price, 1, operation.literal, 0);
  }
  /** Offers copies of one distance with lengths from `least` to `most`; long ones only whole. */
  #offerCopies(at: number, row: number, kind: number, distance: number, least: number, most: number): void {
    const { costs } = this;
    const position = this.#first + at;
    const base = this.#arrivals.price[at]!;
    const predicted = this.#predicted(position, distance);
    const fresh = kind === operation.fresh;
    const lengths = lengthRow(fresh ? 0 : kind === operation.repeat ? 1 : 2, position);
    const shortest = fresh ? leastCopy : 1;
    const exponent = Math.min(15, 31 - Math.clz32(distance));
    const tail = fresh ? costs.tail(distance) : 0;
    const from = most >= goodLength ? most : least;
    for (let length = from; length <= most; length++) {
      const op = operationOf(kind, length, predicted);
      let price = base + costs.symbol(row, op) + tail;
      if (op === kind) price += costs.length(lengths, length - shortest);
      if (fresh) price += costs.symbol(op === kind ? exponentRow(length) : rows.timedExponent, exponent);
      this.#arrivals.offer(at + length, price, length, kind, distance);
    }
  }
  /** Offers all that may begin at an index; the longest length offered. */
  #offerAll(at: number, found: Matches): number {
    const place = dictionary.length + this.#first + at;
    const end = dictionary.length + this.end;
    const distances = this.#distances[at]!;
    const row = operationRow(this.#states[at]!, this.#started(this.#first + at, distances[0]!));
    let longest = 0;
    this.#offerLiteral(at, row);
    for (let index = 0; index < repeats; index++) {
      const distance = distances[index]!;
      if (distance > place) continue;
      const length = this.finder.common(place - distance, place, end);
      if (length > 0) this.#offerCopies(at, row, operation.repeat + index, distance, 1, length);
      longest = Math.max(longest, length);
    }
    this.finder.find(place, end, found);
    let least = leastCopy;
    for (let i = 0; i < found.count; i++) {
      const length = found.lengths[i]!;
      this.#offerCopies(at, row, operation.fresh, found.distances[i]!, least, length);
      least = length + 1;
      longest = Math.max(longest, length);
    }
    return longest;
  }
  parse(): Operation[] {
    const count = this.end - this.#first;
    const { price, length, kind, distance } = this.#arrivals;
    const found = emptyMatches(this.finder.depth);
    price[0] = 0;
    for (let at = 0; at < count; ) {
      this.#arrive(at);
      const longest = this.#offerAll(at, found);
      // Inside a long copy nothing else is looked for.
      at += longest >= goodLength ? longest : 1;
    }
    const operations: Operation[] = [];
    for (let at = count; at > 0; at -= length[at]!) {
      operations.push({ kind: kind[at]!, length: length[at]!, distance: distance[at]! });
    }
    return operations.reverse();
  }
}
