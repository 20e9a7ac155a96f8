import { ByteReader, ByteWriter } from './bytes.js';
import { codecById } from './codecs/registry.js';
import { cutShort, damaged } from './errors.js';
import { type Block, blockKinds, formatLimits, type Layout, type Span } from './layout.js';
import { readProducts, unzigzag, writeProducts, zigzag } from './product-table.js';

/** A single block without gaps needs no spans: it is the whole original. */
export function storedSpans({ blocks, spans }: Pick<Layout, 'blocks' | 'spans'>): Span[] {
  return blocks.length === 1 && spans.length === 1 ? [] : spans;
}

function writeBlocks(out: ByteWriter, blocks: readonly Block[]): void {
  for (const { codec, kind } of blocks) out.u8(codec | (blockKinds.indexOf(kind) << 4));
  let last = 0;
  for (const { kind, id } of blocks) {
    if (kind !== 'tensor') continue;
    out.varint(zigzag(id - last));
    last = id;
  }
  for (const { codedLength } of blocks.slice(0, -1)) out.varint(codedLength);
}

function writeSpans(out: ByteWriter, spans: readonly Span[], blocks: number): void {
  let unseen = 0;
  const lengths: number[][] = Array.from({ length: blocks }, () => []);
  for (const { block, length } of spans) {
    out.varint(block === unseen ? 0 : block + 1);
    if (block === unseen) unseen++;
    lengths[block]!.push(length);
  }
  for (const length of lengths.flat()) out.varint(length);
}

/**
 * Blocks, spans and products as bytes, field by field, so that like stands beside like: SPEC.md, "The table". Coded offsets
 * are implied by the order; checksums do not shrink and stand elsewhere.
 */
export function writeTable(layout: Pick<Layout, 'blocks' | 'spans' | 'products'>): Uint8Array {
  const out = new ByteWriter();
  writeBlocks(out, layout.blocks);
  writeSpans(out, storedSpans(layout), layout.blocks.length);
  writeProducts(out, layout.products);
  return out.finish();
}

/** Sums of differences, each sum from 0 to `most`. */
function readSums(reader: ByteReader, what: string, count: number, most: number): number[] {
  let last = 0;
  return Array.from({ length: count }, () => {
    const at = reader.offset;
    last += unzigzag(reader.varint(what));
    if (last < 0 || last > most) throw damaged(at, what, `0 to ${most}`, `${last}`);
    return last;
  });
}

function readHead(reader: ByteReader): Pick<Block, 'kind' | 'codec'> {
  const at = reader.offset;
  const head = reader.u8('block header');
  const kind = blockKinds[head >> 4];
  if (!kind) throw damaged(at, 'kind of a block', `0 to ${blockKinds.length - 1}`, `${head >> 4}`);
  return { kind, codec: codecById(head & 15, at).id };
}

/** Reads blocks; the last one takes all coded bytes that are left. */
function readBlocks(reader: ByteReader, count: number, places: Places): Block[] {
  const heads = Array.from({ length: count }, () => readHead(reader));
  const tensors = heads.filter(({ kind }) => kind === 'tensor').length;
  const ids = readSums(reader, 'block id', tensors, formatLimits.id);
  let nextId = 0;
  let codedOffset = places.dataStart;
  return heads.map(({ kind, codec }, index) => {
    const left = places.dataEnd - codedOffset;
    const codedLength = index < count - 1 ? reader.varint('coded length') : left;
    // The header, which says so, is whole: its checksum was right.
    if (codedLength > left) throw cutShort(codedOffset, `block ${index}`, codedLength, left);
    const id = kind === 'tensor' ? ids[nextId++]! : 0;
    const crc = places.checksums[index]!;
    const block = { kind, id, codec, length: 0, crc, codedOffset, codedLength };
    codedOffset += codedLength;
    return block;
  });
}

/** The block of each span. Blocks are numbered as they appear. */
function readSpanBlocks(reader: ByteReader, count: number, blocks: number): number[] {
  let unseen = 0;
  return Array.from({ length: count }, () => {
    const at = reader.offset;
    const code = reader.varint('block of a span');
    const block = code === 0 ? unseen : code - 1;
    if (block >= blocks) throw damaged(at, 'block of a span', `below ${blocks}`, `${block}`);
    if (block === unseen) unseen++;
    return block;
  });
}

/** Reads spans; each must go on where the one before ended, so that they tile the original. */
function readSpans(reader: ByteReader, count: number, blocks: Block[], originalSize: number): Span[] {
  if (blocks.length === 1 && count === 0 && originalSize > 0) {
    blocks[0]!.length = originalSize;
    return [{ offset: 0, length: originalSize, block: 0 }];
  }
  const spans = readSpanBlocks(reader, count, blocks.length).map((block) => ({
    offset: 0,
    length: 0,
    block,
  }));
  const byBlock: Span[][] = blocks.map(() => []);
  for (const span of spans) byBlock[span.block]!.push(span);
  let left = originalSize;
  for (const span of byBlock.flat()) {
    span.length = reader.bounded('span length', 1, left);
    left -= span.length;
    blocks[span.block]!.length += span.length;
  }
  if (left !== 0)
    throw damaged(reader.offset, 'sum of the spans', `${originalSize}`, `${originalSize - left}`);
  let offset = 0;
  for (const span of spans) {
    span.offset = offset;
    offset += span.length;
  }
  return spans;
}

function checkBlocks(blocks: Block[], places: Places): void {
  blocks.forEach(({ codec, codedOffset, codedLength, length }, index) => {
    if (length === 0) throw damaged(codedOffset, `block ${index}`, 'at least one span', 'none');
    const most = codecById(codec, codedOffset).maximumExpansion * codedLength;
    if (length > most) throw damaged(codedOffset, `length of block ${index}`, `at most ${most}`, `${length}`);
  });
  if (blocks.length === 0 && places.dataEnd > places.dataStart) {
    throw damaged(
      places.dataStart,
      'end of the coded blocks',
      'no bytes',
      `${places.dataEnd - places.dataStart}`,
    );
  }
}

/** How many of each the table holds; they stand in the header, so that readers can size their memory. */
export interface Counts {
  blocks: number;
  spans: number;
  products: number;
}

/** What readTable knows from the header: where table and coded blocks are, and the checksums of the blocks. */
export interface Places {
  table: number;
  checksums: readonly (number | null)[];
  dataStart: number;
  dataEnd: number;
}

/** Reads and checks the table; throws ContainerError at the first field that is wrong. */
export function readTable(table: Uint8Array, originalSize: number, counts: Counts, places: Places) {
  const reader = new ByteReader(table, places.table);
  const blocks = readBlocks(reader, counts.blocks, places);
  const spans = readSpans(reader, counts.spans, blocks, originalSize);
  const products = readProducts(reader, counts.products, originalSize);
  if (reader.remaining > 0)
    throw damaged(reader.offset, 'end of the table', 'no more bytes', `${reader.remaining}`);
  checkBlocks(blocks, places);
  return { blocks, spans, products };
}
