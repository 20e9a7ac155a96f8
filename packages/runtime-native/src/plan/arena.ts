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

/**
 * Places blocks so that those alive at the same time do not overlap: largest first, each in the lowest gap that fits
 * (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020: greedy by size for offset
 * calculation). Returns an offset per block, and the bytes of the whole arena. Deterministic.
 *
 * @param steps see `mostSteps`
 */
export function planArena(
  blocks: readonly Lifetime[],
  steps: number = mostSteps,
): { offsets: number[]; bytes: number } {
  const offsets = blocks.map(() => 0);
  const order = blocks.map((_, index) => index);
  order.sort((a, b) => blocks[b]!.bytes - blocks[a]!.bytes || blocks[a]!.first - blocks[b]!.first || a - b);
  const placed = new Lifetimes(blocks.reduce((most, { last }) => Math.max(most, last + 1), 0));
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
