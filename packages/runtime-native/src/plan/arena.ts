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
  /** The block that ends last. */
  top: number;
}

/** How often another order is tried, and for how many blocks at most. Real networks need two. */
const mostRetries = 16;
const mostToRetry = 10_000;

/**
 * Places blocks so that those alive at the same time do not overlap: largest first, each in the lowest gap that fits
 * (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020: greedy by size for offset
 * calculation). Where that takes more than what is alive at once, the block that ended on top goes first the next time. Deterministic.
 *
 * @param steps see `mostSteps`; for each try
 * @returns an offset per block, the bytes of the whole arena, and the most bytes that are alive at once: no arena can be smaller
 */
export function planArena(
  blocks: readonly Lifetime[],
  steps: number = mostSteps,
): { offsets: number[]; bytes: number; liveBytes: number } {
  const liveBytes = mostAlive(blocks, (bytes) => bytes);
  const least = mostAlive(blocks, align);
  const order = blocks.map((_, index) => index);
  order.sort((a, b) => blocks[b]!.bytes - blocks[a]!.bytes || blocks[a]!.first - blocks[b]!.first || a - b);
  let best = placeInOrder(blocks, order, steps);
  let { top } = best;
  const retries = blocks.length <= mostToRetry ? mostRetries : 0;
  for (let i = 0; i < retries && best.bytes > least; i++) {
    order.unshift(...order.splice(order.indexOf(top), 1));
    const next = placeInOrder(blocks, order, steps);
    if (next.bytes < best.bytes) best = next;
    top = next.top;
  }
  return { offsets: best.offsets, bytes: best.bytes, liveBytes };
}

function mostAlive(blocks: readonly Lifetime[], size: (bytes: number) => number): number {
  const change = new Float64Array(opsOf(blocks) + 1);
  for (const { bytes, first, last } of blocks) {
    change[first]! += size(bytes);
    change[last + 1]! -= size(bytes);
  }
  let [alive, most] = [0, 0];
  for (const bytes of change) {
    alive += bytes;
    most = Math.max(most, alive);
  }
  return most;
}

function opsOf(blocks: readonly Lifetime[]): number {
  let most = 0;
  for (const { last } of blocks) most = Math.max(most, last + 1);
  return most;
}

function placeInOrder(blocks: readonly Lifetime[], order: readonly number[], steps: number): Placement {
  const offsets = blocks.map(() => 0);
  const placed = new Lifetimes(opsOf(blocks));
  let left = steps;
  let [bytes, top] = [0, -1];
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
    if (offset + block.bytes > bytes) [bytes, top] = [offset + block.bytes, index];
    placed.add(index, block, offset + block.bytes);
  }
  return { offsets, bytes: align(bytes), top };
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
