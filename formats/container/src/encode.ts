import { sha256Hex, WeightfoldError } from '@weightfold/base';
import type { CodedTable } from './codecs/rans/coded-tables.js';
import { sharedLimits } from './codecs/rans/shared.js';
import { codecs } from './codecs/registry.js';
import { crc32c } from './crc32c.js';
import { writeHeader } from './header.js';
import {
  type Block,
  type BlockKind,
  formatLimits,
  type Product,
  type Span,
  type TableCodec,
} from './layout.js';

/** A block as the encoder hands it over. */
export interface EncodedBlock {
  kind: BlockKind;
  id: number;
  codec:
    | 'raw'
    | 'rans'
    | 'context'
    | 'palette'
    | 'bits'
    | 'bitmap'
    | 'records'
    | 'integers'
    | 'weights'
    | 'prediction';
  /** The block's bytes before coding: its spans in order, differences where products apply. */
  data: Uint8Array;
  coded: Uint8Array;
}

export interface EncodeInput {
  original: Uint8Array;
  blocks: EncodedBlock[];
  /** Tile the original, in order. */
  spans: Span[];
  products: Product[];
  /** What `storeReferences` gave when it changed the first block; 0, for none, when not given. */
  references?: number;
  /** Tables that rANS blocks refer to, at most 64; none when not given. */
  sharedTables?: readonly CodedTable[];
  /** Whether each block has a checksum of its own, so that it can be checked without the rest of the file; it has when not given. */
  blockChecksums?: boolean;
  /** Codecs that the table may have; the smallest is taken. Without this: raw or records. */
  tableCodecs?: readonly TableCodec[];
}

function join(parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function expectWithinLimits({ original, blocks, spans, products, sharedTables = [] }: EncodeInput): void {
  const sizes = [
    ['original size', original.length, formatLimits.originalSize],
    ['number of blocks', blocks.length, formatLimits.blocks],
    ['number of spans', spans.length, formatLimits.spans],
    ['number of products', products.length, formatLimits.products],
    ['number of shared tables', sharedTables.length, sharedLimits.tables],
  ] as const;
  for (const [where, received, most] of sizes) {
    if (received <= most) continue;
    throw new WeightfoldError(`${where}: expected at most ${most} but received ${received}`, {
      code: 'BEYOND_LIMITS',
      where,
      expected: `at most ${most}`,
      received: `${received}`,
      hint: 'SPEC.md of @weightfold/container lists what a .wfz can hold.',
    });
  }
}

/**
 * Frames coded blocks as a .wfz file. Same input, same bytes.
 *
 * @throws WeightfoldError when there is more of something than the format holds: a decoder would refuse the file
 */
export function encodeContainer(input: EncodeInput): Uint8Array {
  expectWithinLimits(input);
  const blocks: Block[] = input.blocks.map(({ kind, id, codec, data, coded }) => ({
    kind,
    id,
    codec: codecs.find(({ name }) => name === codec)!.id,
    length: data.length,
    crc: input.blockChecksums === false ? null : crc32c(data),
    codedOffset: 0,
    codedLength: coded.length,
  }));
  const layout = {
    originalSize: input.original.length,
    sha256: Buffer.from(sha256Hex(input.original), 'hex'),
    blocks,
    spans: input.spans,
    products: input.products,
    references: input.references ?? 0,
  };
  const header = writeHeader(layout, input.sharedTables ?? [], input.tableCodecs ?? ['raw', 'records']);
  const body = join([header, ...input.blocks.map(({ coded }) => coded)]);
  const checksum = new Uint8Array(4);
  new DataView(checksum.buffer).setUint32(0, crc32c(body), true);
  return join([body, checksum]);
}
