import type { BlockKind, Product, Span } from '@weightfold/container';
import type { ParsedFile } from './parse.js';
import type { Region, TensorShape } from './regions.js';

/** A block that is still to be coded. */
export interface BlockPlan {
  kind: BlockKind;
  id: number;
  tensor: TensorShape | null;
  parts: Uint8Array[];
}

/** Zeros in the structure stream in runs of at least this many bytes get a block of their own, which costs nothing to decode. */
const longZeros = 512;

/** Structure between regions, cut so that long runs of zeros stand alone. */
function structureRegions(bytes: Uint8Array, start: number, end: number): Region[] {
  const regions: Region[] = [];
  const push = (kind: BlockKind, from: number, to: number) => {
    if (to > from) regions.push({ kind, offset: from, length: to - from, id: 0, tensor: null });
  };
  let from = start;
  for (let at = start; at < end; ) {
    let stop = at;
    while (stop < end && bytes[stop] === 0) stop++;
    if (stop - at >= longZeros) {
      push('structure', from, at);
      push('zeros', at, stop);
      from = stop;
    }
    at = stop + 1;
  }
  push('structure', from, end);
  return regions;
}

/** All regions in order, without gaps. */
function tile(bytes: Uint8Array, regions: Region[]): Region[] {
  const tiles: Region[] = [];
  let at = 0;
  for (const region of regions) {
    tiles.push(...structureRegions(bytes, at, region.offset), region);
    at = region.offset + region.length;
  }
  tiles.push(...structureRegions(bytes, at, bytes.length));
  return tiles;
}

/** A region whose content follows from another one is left in the structure stream as (mostly zero) differences. */
function isTarget(region: Region, products: Product[]): boolean {
  return products.some(({ target }) => target === region.offset);
}

/**
 * Blocks and spans of a file. Tensors have a block each; structure, scales, biases and long zeros are gathered from all
 * over the file into one block per kind.
 *
 * @param bytes the file with products already replaced by differences
 */
export function layOut(bytes: Uint8Array, parsed: ParsedFile): { blocks: BlockPlan[]; spans: Span[] } {
  const blocks: BlockPlan[] = [];
  const gathered = new Map<BlockKind, number>();
  const spans: Span[] = [];
  for (const region of tile(
    bytes,
    parsed.regions.filter((r) => !isTarget(r, parsed.products)),
  )) {
    let block = region.kind === 'tensor' ? undefined : gathered.get(region.kind);
    if (block === undefined) {
      block = blocks.length;
      blocks.push({ kind: region.kind, id: region.id, tensor: region.tensor, parts: [] });
      if (region.kind !== 'tensor') gathered.set(region.kind, block);
    }
    blocks[block]!.parts.push(bytes.subarray(region.offset, region.offset + region.length));
    spans.push({ offset: region.offset, length: region.length, block });
  }
  return { blocks, spans };
}
