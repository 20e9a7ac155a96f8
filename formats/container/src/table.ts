import { ByteReader, ByteWriter } from './bytes.js';
import { codecById } from './codecs/registry.js';
import { cutShort, damaged } from './errors.js';
import { type Block, blockKinds, type Layout, type Span } from './layout.js';
import { readProducts, writeProducts } from './product-table.js';

/** A single block without gaps needs no spans: it is the whole original. */
export function storedSpans({ blocks, spans }: Pick<Layout, 'blocks' | 'spans'>): Span[] {
  return blocks.length === 1 && spans.length === 1 ? [] : spans;
}

/** Blocks, spans and products as bytes: SPEC.md, "The table". Coded offsets are implied by the order. */
export function writeTable(layout: Pick<Layout, 'blocks' | 'spans' | 'products'>): Uint8Array {
  const out = new ByteWriter();
  layout.blocks.forEach((block, index) => {
    out.u8(block.codec | (blockKinds.indexOf(block.kind) << 4));
    if (block.kind === 'tensor') out.varint(block.id);
    if (index < layout.blocks.length - 1) out.varint(block.codedLength);
    out.u32(block.crc);
  });
  for (const span of storedSpans(layout)) {
    out.varint(span.block);
    out.varint(span.length);
  }
  writeProducts(out, layout.products);
  return out.finish();
}

/** Reads blocks; the last one takes all coded bytes that are left. */
function readBlocks(reader: ByteReader, count: number, places: Places): Block[] {
  let codedOffset = places.dataStart;
  return Array.from({ length: count }, (_, index) => {
    const at = reader.offset;
    const head = reader.u8('block header');
    const kind = blockKinds[head >> 4];
    if (!kind) throw damaged(at, 'kind of a block', `0 to ${blockKinds.length - 1}`, `${head >> 4}`);
    const codec = codecById(head & 15, at).id;
    const id = kind === 'tensor' ? reader.varint('block id') : 0;
    const left = places.dataEnd - codedOffset;
    const codedLength = index < count - 1 ? reader.varint('coded length') : left;
    // The header, which says so, is whole: its checksum was right.
    if (codedLength > left) throw cutShort(codedOffset, `block ${index}`, codedLength, left);
    const block = { kind, id, codec, length: 0, crc: reader.u32('block checksum'), codedOffset, codedLength };
    codedOffset += codedLength;
    return block;
  });
}

/** Reads spans; each must go on where the one before ended, so that they tile the original. */
function readSpans(reader: ByteReader, count: number, blocks: Block[], originalSize: number): Span[] {
  if (blocks.length === 1 && count === 0 && originalSize > 0) {
    blocks[0]!.length = originalSize;
    return [{ offset: 0, length: originalSize, block: 0 }];
  }
  let offset = 0;
  const spans = Array.from({ length: count }, () => {
    const block = reader.bounded('block of a span', 0, blocks.length - 1);
    const span = { offset, block, length: reader.bounded('span length', 1, originalSize - offset) };
    offset += span.length;
    blocks[block]!.length += span.length;
    return span;
  });
  if (offset !== originalSize)
    throw damaged(reader.offset, 'sum of the spans', `${originalSize}`, `${offset}`);
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

/** Where the table is, and where the coded blocks are, for messages and to place the blocks. */
export interface Places {
  table: number;
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
