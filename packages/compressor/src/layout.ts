import type { BlockKind, Span } from '@weightfold/container';
import { withinLimits } from './limits.js';
import type { ParsedFile } from './parse.js';
import type { Region, TensorShape } from './regions.js';

type Found = Pick<ParsedFile, 'regions' | 'products'>;

/** A block that is still to be coded. */
export interface BlockPlan {
  kind: BlockKind;
  id: number;
  tensor: TensorShape | null;
  parts: Uint8Array[];
}

/** Zeros in the structure stream in runs of at least this many bytes get a block of their own, which costs nothing to decode. */
const longZeros = 512;

/** Long runs of zeros in [start, end). */
function zeroRegions(bytes: Uint8Array, start: number, end: number): Region[] {
  const regions: Region[] = [];
  for (let at = start; at < end; ) {
    let stop = at;
    while (stop < end && bytes[stop] === 0) stop++;
    if (stop - at >= longZeros)
      regions.push({ kind: 'zeros', offset: at, length: stop - at, id: 0, tensor: null });
    at = stop + 1;
  }
  return regions;
}

/** Calls `visit` for every stretch that no region covers. */
function forEachGap(regions: Region[], end: number, visit: (from: number, to: number) => void): void {
  let at = 0;
  for (const { offset, length } of regions) {
    if (offset > at) visit(at, offset);
    at = offset + length;
  }
  if (end > at) visit(at, end);
}

/**
 * Targets of products: differences, which are unlike the scales that they stood for and have a stream of their own. Where nothing is
 * left they go to the zeros, which cost nothing to decode.
 */
function withDifferences(bytes: Uint8Array, { regions, products }: Found): Region[] {
  const targets = new Set(products.map(({ target }) => target));
  return regions.map((region) => {
    const { offset, length } = region;
    if (!targets.has(offset)) return region;
    const left = bytes.subarray(offset, offset + length).some((byte) => byte !== 0);
    return { ...region, kind: left ? 'other' : 'zeros' };
  });
}

/** Regions with the long zeros between them, as many as the format holds, then structure in all gaps. */
function tile(bytes: Uint8Array, regions: Region[]): Region[] {
  const found = [...regions];
  forEachGap(regions, bytes.length, (from, to) => {
    for (const zeros of zeroRegions(bytes, from, to)) found.push(zeros);
  });
  const tiles = withinLimits(found.sort(byOffset));
  const structure: Region[] = [];
  forEachGap(tiles, bytes.length, (from, to) => {
    structure.push({ kind: 'structure', offset: from, length: to - from, id: 0, tensor: null });
  });
  return tiles.concat(structure).sort(byOffset);
}

const byOffset = (a: Region, b: Region): number => a.offset - b.offset;

/**
 * Blocks and spans of a file. Tensors have a block each; structure, scales, biases and long zeros are gathered from all
 * over the file into one block per kind.
 *
 * @param bytes the file with products already replaced by differences
 */
export function layOut(bytes: Uint8Array, parsed: Found): { blocks: BlockPlan[]; spans: Span[] } {
  const blocks: BlockPlan[] = [];
  const gathered = new Map<BlockKind, number>();
  const spans: Span[] = [];
  for (const region of tile(bytes, withDifferences(bytes, parsed))) {
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
