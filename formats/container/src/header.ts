import { ByteReader, ByteWriter } from './bytes.js';
import { encodeContextWithin } from './codecs/context/encode.js';
import { tableParameters } from './codecs/context/presets.js';
import type { CodedTable } from './codecs/rans/coded-tables.js';
import { noEnvironment, readSharedTables, sharedLimits, writeSharedTables } from './codecs/rans/shared.js';
import { frequencyTableBytes } from './codecs/rans/table-bytes.js';
import { mostTotalLog2 } from './codecs/rans/tables.js';
import { encodeRecords } from './codecs/records/encode.js';
import { codecById, codecs } from './codecs/registry.js';
import { crc32c } from './crc32c.js';
import { ContainerError, damaged } from './errors.js';
import {
  defaultMaximumSize,
  formatLimits,
  formatVersion,
  type Header,
  isContainer,
  type Layout,
  magic,
  maximumExpansion,
  type ReadOptions,
  type TableCodec,
  tableCodecs,
} from './layout.js';
import { markLimits } from './references.js';
import { type Counts, readTable, storedSpans, writeTable } from './table.js';

const checksumLength = 4;
/** Magic, version and flags. */
const sizeOffset = 6;
const tableCodecBits = 15;
const referencesFlag = 16;
const noChecksumsFlag = 32;

/** How each codec that a table may have is driven; null when it cannot code this one. */
const tableEncoders: Record<TableCodec, (table: Uint8Array) => Uint8Array | null> = {
  raw: (table) => table,
  context: (table) => encodeContextWithin(table, [tableParameters(table.length)]),
  records: encodeRecords,
};

const codecId = (name: TableCodec): number => codecs.find((codec) => codec.name === name)!.id;

/** The table in the codec that makes it smallest; a coded one also has its length in the header. */
function encodeTable(
  table: Uint8Array,
  allowed: readonly TableCodec[],
): { codec: TableCodec; coded: Uint8Array } {
  let best: { codec: TableCodec; coded: Uint8Array } = { codec: 'raw', coded: table };
  for (const codec of allowed) {
    const coded = tableEncoders[codec](table);
    const extra = best.codec === 'raw' ? 2 : 0;
    if (coded && coded.length + extra < best.coded.length) best = { codec, coded };
  }
  return best;
}

/**
 * Everything before the coded blocks, ending with its own CRC-32C.
 *
 * @param allowed codecs that the table may have beside raw
 */
export function writeHeader(
  layout: Layout,
  sharedTables: readonly CodedTable[],
  allowed: readonly TableCodec[],
): Uint8Array {
  const table = writeTable(layout);
  const { codec, coded } = encodeTable(table, allowed);
  const out = new ByteWriter();
  out.bytes(Uint8Array.from(magic));
  out.u8(formatVersion);
  const checksums = layout.blocks.flatMap(({ crc }) => (crc === null ? [] : [crc]));
  const bare = checksums.length < layout.blocks.length;
  out.u8(codecId(codec) | (layout.references ? referencesFlag : 0) | (bare ? noChecksumsFlag : 0));
  out.varint(layout.originalSize);
  out.bytes(layout.sha256);
  out.varint(layout.blocks.length);
  out.varint(storedSpans(layout).length);
  out.varint(layout.products.length);
  if (layout.references) out.u8(layout.references);
  out.varint(table.length);
  if (codec !== 'raw') out.varint(coded.length);
  out.bytes(coded);
  for (const crc of checksums) out.u32(crc);
  writeShared(out, sharedTables);
  out.u32(crc32c(out.finish()));
  return out.finish();
}

function writeShared(out: ByteWriter, tables: readonly CodedTable[]): void {
  out.varint(tables.length);
  if (tables.length === 0) return;
  const bytes = writeSharedTables(tables);
  out.varint(bytes.length);
  out.bytes(bytes);
}

/** Number of shared tables, and their bytes, to be read when the header's checksum is known to be right. */
function takeShared(reader: ByteReader) {
  const count = reader.bounded('number of shared tables', 0, sharedLimits.tables);
  const length = count === 0 ? 0 : reader.bounded('length of shared tables', 1, sharedLimits.bytes);
  return { count, offset: reader.offset, bytes: reader.bytes(length, 'shared tables') };
}

function refuse(
  what: string,
  code: string,
  offset: number,
  expected: string,
  received: string,
  hint: string,
) {
  return new ContainerError(`${what}: expected ${expected} but received ${received}`, {
    code,
    offset,
    expected,
    received,
    hint,
  });
}

const newer = 'A newer weightfold may have made this file: update weightfold.';
const older = 'An old weightfold made this file: unpack it with that one, or pack the original again.';

function readIdentity(reader: ByteReader): { codec: number; hasReferences: boolean; hasChecksums: boolean } {
  const start = reader.data.subarray(0, magic.length);
  if (!isContainer(start)) {
    const received = Buffer.from(start).toString('hex') || 'an empty file';
    throw refuse(
      'Not a .wfz container',
      'BAD_MAGIC',
      0,
      '8957465a',
      received,
      'Only files made by compress can be read.',
    );
  }
  reader.position = magic.length;
  const version = reader.u8('format version');
  if (version !== formatVersion) {
    throw refuse(
      'Unknown format version',
      'UNKNOWN_VERSION',
      magic.length,
      `${formatVersion}`,
      `${version}`,
      version < formatVersion ? older : newer,
    );
  }
  const flags = reader.u8('flags');
  const known = tableCodecBits | referencesFlag | noChecksumsFlag;
  if ((flags & ~known) !== 0) {
    const named = `0x${flags.toString(16)}`;
    const expected = `only bits of 0x${known.toString(16)}`;
    throw refuse('Unknown flags', 'UNKNOWN_FLAG', magic.length + 1, expected, named, newer);
  }
  const codec = flags & tableCodecBits;
  if (!tableCodecs.some((name) => codecId(name) === codec)) {
    const expected = tableCodecs.map((name) => `${codecId(name)} (${name})`).join(', ');
    throw refuse(
      'Unknown codec of the table',
      'UNKNOWN_CODEC',
      magic.length + 1,
      expected,
      `${codec}`,
      newer,
    );
  }
  return {
    codec,
    hasReferences: (flags & referencesFlag) !== 0,
    hasChecksums: (flags & noChecksumsFlag) === 0,
  };
}

/** Every codec gives at most `maximumExpansion` bytes per coded byte, and an entry of the table has a least size. */
function checkPlausible(
  { originalSize, ...counts }: Counts & { originalSize: number },
  tableLength: number,
  codedBytes: number,
): void {
  const most = maximumExpansion * codedBytes;
  if (originalSize > most) throw damaged(sizeOffset, 'original size', `at most ${most}`, `${originalSize}`);
  const least = counts.blocks + 2 * counts.spans + 3 * counts.products;
  if (tableLength < least) throw damaged(sizeOffset, 'table length', `at least ${least}`, `${tableLength}`);
}

function readMark(reader: ByteReader): number {
  const at = reader.offset;
  const mark = reader.u8('mark of references');
  const { least, most } = markLimits;
  if (mark < least || mark > most || mark % 2 !== 0)
    throw damaged(at, 'mark of references', `an even number from ${least} to ${most}`, `${mark}`);
  return mark;
}

function readSize(reader: ByteReader, options: ReadOptions): number {
  const at = reader.offset;
  const size = reader.varint('original size');
  const most = Math.min(options.maximumSize ?? defaultMaximumSize, formatLimits.originalSize);
  if (size <= most) return size;
  const hint = 'Raise maximumSize if you trust the file.';
  throw refuse('Original too large', 'TOO_LARGE', at, `at most ${most} bytes`, `${size}`, hint);
}

/**
 * Reads and checks the header.
 *
 * @param file the whole container
 * @returns its layout, every field checked, and the end of the header
 * @throws ContainerError with the offset of the first field that is wrong
 */
export function readHeader(file: Uint8Array, options: ReadOptions = {}): Header {
  const reader = new ByteReader(file, 0);
  const { codec, hasReferences, hasChecksums } = readIdentity(reader);
  const originalSize = readSize(reader, options);
  const sha256 = new Uint8Array(reader.bytes(32, 'SHA-256'));
  const counts = {
    blocks: reader.bounded('number of blocks', 0, formatLimits.blocks),
    spans: reader.bounded('number of spans', 0, formatLimits.spans),
    products: reader.bounded('number of products', 0, formatLimits.products),
  };
  const references = hasReferences ? readMark(reader) : 0;
  const tableLength = reader.bounded('table length', 0, formatLimits.table);
  const codedLength = codec !== 0 ? reader.bounded('coded table length', 1, tableLength) : tableLength;
  const tableAt = reader.offset;
  const tableBytes = reader.bytes(codedLength, 'table');
  const checksums = Array.from({ length: counts.blocks }, () =>
    hasChecksums ? reader.u32('block checksum') : null,
  );
  const shared = takeShared(reader);
  const checksumAt = reader.offset;
  const stored = reader.u32('header checksum');
  const actual = crc32c(file.subarray(0, checksumAt));
  if (stored !== actual) throw damaged(checksumAt, 'header checksum', hex(actual), hex(stored));
  if (reader.remaining < checksumLength)
    throw damaged(file.length, 'file checksum', '4 more bytes', 'the end');
  if (tableLength > maximumExpansion * codedLength)
    throw damaged(tableAt, 'table length', `at most ${maximumExpansion * codedLength}`, `${tableLength}`);
  checkPlausible({ originalSize, ...counts }, tableLength, file.length - checksumLength - reader.offset);
  const tableCodec = codecById(codec, magic.length + 1);
  const table = tableCodec.decode(tableBytes, tableLength, tableAt, noEnvironment);
  const places = {
    table: tableAt,
    checksums,
    dataStart: reader.offset,
    dataEnd: file.length - checksumLength,
  };
  const { blocks, spans, products } = readTable(table, originalSize, counts, places);
  const sharedTables = readSharedTables(shared.bytes, shared.count, shared.offset);
  const headerTableBytes =
    tableCodec.tableBytes(tableBytes, tableLength, tableAt, noEnvironment) +
    shared.count * frequencyTableBytes(mostTotalLog2);
  const headerLength = places.dataStart;
  const layout = { originalSize, sha256, blocks, spans, products, references };
  return { ...layout, sharedTables, headerLength, headerTableBytes };
}

/** A checksum in messages. */
export function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
