import { type Lifetime, Lifetimes } from './lifetimes.js';

/** As TFLite Micro aligns its buffers; enough for every kernel. */
const alignment = 16;

/**
 * Steps that are spent on finding gaps. A chain of 100,000 ops takes less than a million; only thousands of blocks that all live
 * at the same time take more, and then the smallest of them are stacked on top.
 */
const mostSteps = 2 ** 26;

function align(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** Where blocks are, and how many bytes that takes. */
interface Placement {
  offsets: number[];
  bytes: number;
}

/** Orders in which blocks are placed, until one of them needs no more than what is alive at once. */
const weights = [
  ({ bytes }: Lifetime) => bytes,
  ({ bytes, first, last }: Lifetime) => bytes * (last - first + 1),
];

/**
 * Places blocks so that those alive at the same time do not overlap: the heaviest first, each in the lowest gap that fits; by size
 * (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020: greedy by size for offset calculation), and
 * where that wastes memory by size times duration, too. Deterministic.
 *
 * @param steps see `mostSteps`; for each order
 * @returns an offset per block, the bytes of the whole arena, and the most bytes that are alive at once: no arena can be smaller
 */
export function planArena(
  blocks: readonly Lifetime[],
  steps: number = mostSteps,
): Placement & { liveBytes: number } {
  const liveBytes = mostAlive(blocks);
  let best: Placement | null = null;
  for (const weight of weights) {
    if (best !== null && best.bytes <= align(liveBytes)) break;
    const placement = placeInOrder(blocks, weight, steps);
    if (best === null || placement.bytes < best.bytes) best = placement;
  }
  return { ...best!, liveBytes };
}

function mostAlive(blocks: readonly Lifetime[]): number {
  const change = new Float64Array(opsOf(blocks) + 1);
  for (const { bytes, first, last } of blocks) {
    change[first]! += bytes;
    change[last + 1]! -= bytes;
  }
  let [alive, most] = [0, 0];
  for (const bytes of change) {
    alive += bytes;
    most = Math.max(most, alive);
  }
  return most;
}

function opsOf(blocks: readonly Lifetime[]): number {
  return blocks.reduce((most, { last }) => Math.max(most, last + 1), 0);
}

function placeInOrder(
  blocks: readonly Lifetime[],
  weight: (block: Lifetime) => number,
  steps: number,
): Placement {
  const offsets = blocks.map(() => 0);
  const order = blocks.map((_, index) => index);
  order.sort(
    (a, b) => weight(blocks[b]!) - weight(blocks[a]!) || blocks[a]!.first - blocks[b]!.first || a - b,
  );
  const placed = new Lifetimes(opsOf(blocks));
  let left = steps;
  let bytes = 0;
  for (const index of order) {
    const block = blocks[index]!;
    let offset: number;
    if (left > 0) {
      const others = placed.during(block);
      left -= others.length + block.last - block.first;
      others.sort((a, b) => offsets[a]! - offsets[b]!);
      offset = lowestGap(block.bytes, others, blocks, offsets);
    } else offset = align(placed.topDuring(block));
    offsets[index] = offset;
    bytes = Math.max(bytes, offset + block.bytes);
    placed.add(index, block, offset + block.bytes);
  }
  return { offsets, bytes: align(bytes) };
}

/** @param others sorted by offset, so that the first gap found is the lowest */
function lowestGap(
  bytes: number,
  others: readonly number[],
  blocks: readonly Lifetime[],
  offsets: readonly number[],
): number {
  let offset = 0;
  for (const other of others) {
    if (offset + bytes <= offsets[other]!) break;
    offset = Math.max(offset, align(offsets[other]! + blocks[other]!.bytes));
  }
  return offset;
}
