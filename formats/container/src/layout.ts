import type { Environment } from './codecs/rans/shared.js';

/** What a block holds, as a hint for reports and for random access; decoding does not depend on it. */
export const blockKinds = ['structure', 'tensor', 'scales', 'biases', 'zeros', 'other'] as const;
export type BlockKind = (typeof blockKinds)[number];

/** A coded stream: its decoded bytes are the concatenation of its spans. */
export interface Block {
  kind: BlockKind;
  /** Buffer index of a tensor in its model; 0 otherwise. */
  id: number;
  /** Id of the codec. */
  codec: number;
  /** Bytes before coding: the sum of its spans. */
  length: number;
  /** CRC-32C of those bytes; null in a file whose checksum is the only one of its blocks. */
  crc: number | null;
  /** Where the coded bytes are in the container. */
  codedOffset: number;
  codedLength: number;
}

/** A stretch of the original that comes from the next bytes of a block. Spans follow one another without gaps. */
export interface Span {
  offset: number;
  length: number;
  block: number;
}

/** What products have in common. Offsets are bytes in the original; those of vectors are multiples of 4. */
interface Derived {
  /** A vector of binary32 numbers that is stored as differences from what is predicted for them. */
  target: number;
  /** Number of elements. */
  count: number;
  /** Bits of the binary32 factor or divisor. */
  factor: number;
}

/** Target = factor × source. In TensorFlow Lite the scale of a bias is input scale × weight scale. */
export interface FactorProduct extends Derived {
  kind: 'product';
  source: number;
}

/** Target = the larger magnitude of two sources / factor. The scale of symmetric weights is that of their range / 127. */
export interface Quotient extends Derived {
  kind: 'quotient';
  sources: [number, number];
}

/**
 * The ranges of the channels of int8 weights: minimums (target) and maximums. The end that is nearer to zero is predicted as the
 * extreme weight × the other end / factor.
 */
export interface Range extends Derived {
  kind: 'range';
  maximum: number;
  /** Offset of the weights: `repeats` times all channels, each `inner` bytes. */
  weights: number;
  inner: number;
  repeats: number;
}

/** A rule by which one vector follows from others. */
export type Product = FactorProduct | Quotient | Range;
export const productKinds = ['product', 'quotient', 'range'] as const;

export interface Layout {
  originalSize: number;
  /** SHA-256 of the original. */
  sha256: Uint8Array;
  blocks: Block[];
  spans: Span[];
  products: Product[];
  /** The mark of words of the first block that stand for references, 0 for none: SPEC.md, "References". */
  references: number;
}

/** What a header says: the layout, and what its blocks share. */
export interface Header extends Layout, Environment {
  headerLength: number;
  /** Bytes of lookup tables that decoding the table of blocks took, and that the shared tables take. */
  headerTableBytes: number;
}

export const magic = [0x89, 0x57, 0x46, 0x5a] as const; // \x89 W F Z

/** Whether the bytes begin as a .wfz does. */
export function isContainer(bytes: Uint8Array): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

export const formatVersion = 3;
/** Flags: the low four bits are the codec of the table, one of these; then whether there are references, and whether blocks have no checksums; the others are 0. */
export const tableCodecs = ['raw', 'context', 'records'] as const;
export type TableCodec = (typeof tableCodecs)[number];

/** Upper limits that hold for every file, so that a small file cannot ask for much memory. */
export const formatLimits = {
  originalSize: 2 ** 31 - 1,
  blocks: 65536,
  spans: 262144,
  products: 65536,
  table: 2 ** 22,
  id: 2 ** 32 - 1,
};

/** Most bytes that any codec may give per coded byte. */
export const maximumExpansion = 4096;

/** Options of every reader. */
export interface ReadOptions {
  /** Largest original to accept, in bytes; 1 GiB when not given. */
  maximumSize?: number;
}
export const defaultMaximumSize = 2 ** 30;
