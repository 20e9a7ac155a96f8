/** A block of memory that is needed from op `first` to op `last`, both included. */
export interface Lifetime {
  bytes: number;
  first: number;
  last: number;
}

/**
 * Which placed blocks are alive at the same time as another. A segment tree over ops (node i has the children 2i and
 * 2i + 1; leaves begin at `leaves`): a block hangs at the O(log n) nodes that make up its lifetime, and in the list of the op
 * where it begins.
 */
export class Lifetimes {
  private readonly leaves: number;
  private readonly hanging: (number[] | undefined)[];
  private readonly beginning: (number[] | undefined)[];
  /** Highest end of the blocks that hang at a node, and at a node or below it. */
  private readonly top: Float64Array;
  private readonly topBelow: Float64Array;

  /** @param ops lifetimes lie in [0, ops) */
  constructor(ops: number) {
    this.leaves = 2 ** Math.ceil(Math.log2(Math.max(1, ops)));
    this.hanging = new Array(2 * this.leaves);
    this.beginning = new Array(ops);
    this.top = new Float64Array(2 * this.leaves);
    this.topBelow = new Float64Array(2 * this.leaves);
  }

  /** Adds a block whose memory ends at `end`. */
  add(block: number, { first, last }: Lifetime, end: number): void {
    append(this.beginning, first, block);
    this.forEachNode(first, last, (node) => {
      append(this.hanging, node, block);
      this.top[node] = Math.max(this.top[node]!, end);
      this.topBelow[node] = Math.max(this.topBelow[node]!, end);
    });
    for (const op of [first, last]) {
      for (let node = (this.leaves + op) >> 1; node >= 1; node >>= 1) {
        this.topBelow[node] = Math.max(
          this.top[node]!,
          this.topBelow[2 * node]!,
          this.topBelow[2 * node + 1]!,
        );
      }
    }
  }

  /** The blocks alive at some op of a lifetime, each once: those alive at its first op, and those that begin later in it. */
  during({ first, last }: Lifetime): number[] {
    const found: number[] = [];
    for (let node = this.leaves + first; node >= 1; node >>= 1) {
      for (const block of this.hanging[node] ?? none) found.push(block);
    }
    for (let op = first + 1; op <= last; op++)
      for (const block of this.beginning[op] ?? none) found.push(block);
    return found;
  }

  /** The highest end of those blocks, in O(log n). */
  topDuring({ first, last }: Lifetime): number {
    let top = 0;
    this.forEachNode(first, last, (node) => {
      top = Math.max(top, this.topBelow[node]!);
    });
    for (const op of [first, last]) {
      for (let node = this.leaves + op; node >= 1; node >>= 1) top = Math.max(top, this.top[node]!);
    }
    return top;
  }

  private forEachNode(first: number, last: number, visit: (node: number) => void): void {
    let [low, high] = [this.leaves + first, this.leaves + last + 1];
    for (; low < high; low >>= 1, high >>= 1) {
      if (low & 1) visit(low++);
      if (high & 1) visit(--high);
    }
  }
}

const none: readonly number[] = [];

function append(lists: (number[] | undefined)[], at: number, block: number): void {
  const list = lists[at];
  if (list) list.push(block);
  else lists[at] = [block];
}
