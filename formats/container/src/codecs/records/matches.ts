/** How many earlier places with the same four bytes are looked at, and with the same two. */
export interface Depth {
  long: number;
  short: number;
}
const hashBits = 16;
/** A copy of this length is good enough to look no further. */
export const goodLength = 160;

/** Copies that a position may begin with: lengths rising, each with the nearest distance found for it. */
export interface Matches {
  count: number;
  lengths: Int32Array;
  distances: Int32Array;
}

/** Finds earlier places with the same bytes, by chains of places with the same hash (of four bytes and of two). */
export class MatchFinder {
  readonly #long = new Int32Array(2 ** hashBits).fill(-1);
  readonly #short = new Int32Array(65536).fill(-1);
  readonly #beforeLong: Int32Array;
  readonly #beforeShort: Int32Array;
  #inserted = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly depth: Depth,
  ) {
    this.#beforeLong = new Int32Array(bytes.length);
    this.#beforeShort = new Int32Array(bytes.length);
  }
  #two(at: number): number {
    return this.bytes[at]! | (this.bytes[at + 1]! << 8);
  }
  #four(at: number): number {
    const word = this.#two(at) | (this.#two(at + 2) << 16);
    return Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
  }
  /** Enters all places before `end`. */
  #insert(end: number): void {
    const last = Math.min(end, this.bytes.length - 4);
    for (; this.#inserted < last; this.#inserted++) {
      const at = this.#inserted;
      const two = this.#two(at);
      const four = this.#four(at);
      this.#beforeShort[at] = this.#short[two]!;
      this.#short[two] = at;
      this.#beforeLong[at] = this.#long[four]!;
      this.#long[four] = at;
    }
  }
  /** Bytes from `at` on, before `end`, that equal those from `source` on. */
  common(source: number, at: number, end: number): number {
    const { bytes } = this;
    let i = at;
    let from = source;
    while (i < end && bytes[i] === bytes[from]) {
      i++;
      from++;
    }
    return i - at;
  }
  #walk(at: number, end: number, before: Int32Array, deep: number, found: Matches): void {
    let best = found.count > 0 ? found.lengths[found.count - 1]! : 1;
    let source = before[at]!;
    for (let depth = 0; source >= 0 && depth < deep && best < goodLength; depth++) {
      if (at + best < end && this.bytes[source + best] === this.bytes[at + best]) {
        const length = this.common(source, at, end);
        if (length > best) {
          best = length;
          found.lengths[found.count] = length;
          found.distances[found.count++] = at - source;
        }
      }
      source = before[source]!;
    }
  }
  /** Copies for position `at` that end before `end`; `found` is overwritten. */
  find(at: number, end: number, found: Matches): void {
    found.count = 0;
    if (at >= this.bytes.length - 4) return;
    this.#insert(at + 1);
    this.#walk(at, end, this.#beforeShort, this.depth.short, found);
    this.#walk(at, end, this.#beforeLong, this.depth.long, found);
  }
}

export function emptyMatches({ long, short }: Depth): Matches {
  const most = long + short;
  return { count: 0, lengths: new Int32Array(most), distances: new Int32Array(most) };
}
