import { halfOctave } from './half-octave.js';

/** Initial probabilities stay this far (in 1/2^22) from 0 and 1. */
const margin = 2048;

/**
 * The binary decisions of a symbol. Node 0 is the root; at node k a symbol is or is not at least `split[k]`, and goes on at
 * `next[2 k + (symbol >= split[k])]`: a node, or -1 - symbol.
 */
export interface DecisionTree {
  split: Uint8Array;
  next: Int16Array;
  /** Probability of the upper side in 1/2^22, as the levels say. */
  initial: Int32Array;
  /** Most decisions of any symbol. */
  depth: number;
}

/** Classes of magnitudes that symbols up to `largest` have. */
export function levelCount(largest: number): number {
  return halfOctave((largest + 1) >> 1) + 1;
}

/** Where [low, high) is cut: symbols of one magnitude stay together as long as there are others; else the weights are halved. */
function splitOf(sums: Int32Array, low: number, high: number): number {
  let best = low + 1;
  if (high - low === 2) return best;
  let least = Number.POSITIVE_INFINITY;
  for (let split = (low + 1) | 1; split < high; split += 2) {
    const difference = Math.abs(2 * sums[split]! - sums[low]! - sums[high]!);
    if (difference >= least) continue;
    best = split;
    least = difference;
  }
  return best;
}

/**
 * The tree over symbols 0 to `largest` (at least 1).
 *
 * @param levels one per class of magnitudes, 0 (most frequent) to 15: a symbol's weight is 2^(15 - level)
 */
export function decisionTree(levels: ArrayLike<number>, largest: number): DecisionTree {
  const sums = new Int32Array(largest + 2);
  for (let symbol = 0; symbol <= largest; symbol++)
    sums[symbol + 1] = sums[symbol]! + 2 ** (15 - levels[halfOctave((symbol + 1) >> 1)]!);
  const tree = {
    split: new Uint8Array(largest),
    next: new Int16Array(2 * largest),
    initial: new Int32Array(largest),
    depth: 0,
  };
  let nodes = 0;
  const build = (low: number, high: number, depth: number): number => {
    if (high - low === 1) {
      tree.depth = Math.max(tree.depth, depth);
      return -1 - low;
    }
    const node = nodes++;
    const split = splitOf(sums, low, high);
    const upper = Math.floor(((sums[high]! - sums[split]!) * 4194303) / (sums[high]! - sums[low]!));
    tree.split[node] = split;
    tree.initial[node] = Math.min(4194303 - margin, Math.max(margin, upper));
    tree.next[2 * node] = build(low, split, depth + 1);
    tree.next[2 * node + 1] = build(split, high, depth + 1);
    return node;
  };
  build(0, largest + 1, 0);
  return tree;
}
