/** A block of memory that is needed from op `first` to op `last`, both included. */
export interface Lifetime {
  bytes: number;
  first: number;
  last: number;
}

/** As TFLite Micro aligns its buffers; enough for every kernel. */
const alignment = 16;

function align(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/**
 * Places blocks so that those alive at the same time do not overlap: largest first, each in the lowest gap that fits
 * (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020: greedy by size for offset
 * calculation). Returns an offset per block, and the bytes of the whole arena.
 */
export function planArena(blocks: readonly Lifetime[]): { offsets: number[]; bytes: number } {
  const offsets = blocks.map(() => 0);
  const order = blocks.map((_, index) => index);
  order.sort((a, b) => blocks[b]!.bytes - blocks[a]!.bytes || blocks[a]!.first - blocks[b]!.first || a - b);
  const placed: number[] = [];
  let bytes = 0;
  for (const index of order) {
    const block = blocks[index]!;
    let offset = 0;
    // `placed` is kept sorted by offset, so the first gap found is the lowest.
    for (const other of placed) {
      const { first, last, bytes: size } = blocks[other]!;
      if (last < block.first || block.last < first) continue;
      if (offset + block.bytes <= offsets[other]!) break;
      offset = Math.max(offset, align(offsets[other]! + size));
    }
    offsets[index] = offset;
    bytes = Math.max(bytes, offset + block.bytes);
    const at = placed.findIndex((other) => offsets[other]! > offset);
    placed.splice(at < 0 ? placed.length : at, 0, index);
  }
  return { offsets, bytes: align(bytes) };
}
