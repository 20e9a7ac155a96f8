import { expectBytes, sha256Hex, UsageError } from '@weightfold/base';
import { codecById } from './codecs/registry.js';
import { crc32c } from './crc32c.js';
import { damaged } from './errors.js';
import { hex, readHeader } from './header.js';
import type { Block, Header, ReadOptions } from './layout.js';
import { restoreProduct } from './products.js';
import { restoreReferences } from './references.js';

/** An opened container: header and table are checked, nothing is decoded yet. */
export interface Container extends Header {
  /**
   * The bytes of one block, checked against its checksum when it has one. A tensor's block is the tensor's buffer, so this is random
   * access to one tensor; blocks that hold targets of products have differences there, and the first may have stored references.
   */
  decodeBlock(index: number): Uint8Array;
  /**
   * Random access: the bytes of one of the model's buffers, without decoding any other block.
   *
   * @param buffer its index in the model's `buffers`
   * @throws UsageError when that buffer has no block of its own: buffers below 256 bytes and biases are gathered in blocks with
   * others (`unpackTensor` of @weightfold/compressor finds these, and tensors by name)
   */
  tensor(buffer: number): Uint8Array;
  /** Completes an original into which the first block has been put: turns its stored references into those that they stand for. */
  restoreReferences(original: Uint8Array): void;
  /** Bytes of lookup tables that a decoder needs for one block (SPEC.md, "Decoder tables"). */
  blockTableBytes(index: number): number;
  /** The same for the block that needs most, or for the table of blocks and the shared tables. */
  tableBytes(): number;
}

function decodeOne(file: Uint8Array, header: Header, block: Block, index: number): Uint8Array {
  const coded = file.subarray(block.codedOffset, block.codedOffset + block.codedLength);
  const data = codecById(block.codec, block.codedOffset).decode(
    coded,
    block.length,
    block.codedOffset,
    header,
  );
  if (block.crc === null) return data;
  const crc = crc32c(data);
  if (crc !== block.crc)
    throw damaged(block.codedOffset, `checksum of block ${index}`, hex(block.crc), hex(crc));
  return data;
}

/**
 * Opens a .wfz container. One whose blocks have no checksums is checked as a whole.
 *
 * @throws ContainerError with the byte offset when header or table are damaged, unknown or beyond the limits
 */
export function openContainer(file: Uint8Array, options: ReadOptions = {}): Container {
  expectBytes('openContainer', file);
  const header = readHeader(file, options);
  if (header.blocks.some(({ crc }) => crc === null)) checkFile(file);
  const blockAt = (index: number): Block => {
    const block = header.blocks[index];
    if (!block) throw new RangeError(`block ${index} of ${header.blocks.length}`);
    return block;
  };
  const decodeBlock = (index: number) => decodeOne(file, header, blockAt(index), index);
  const blockTableBytes = (index: number) => tableBytesOf(file, header, blockAt(index));
  return {
    ...header,
    decodeBlock,
    tensor: (buffer) => decodeBlock(tensorBlock(header.blocks, buffer)),
    restoreReferences: (original) => {
      const spans = header.references ? header.spans.filter(({ block }) => block === 0) : [];
      restoreReferences(original, spans, header.references, header.headerLength);
    },
    blockTableBytes,
    tableBytes: () =>
      header.blocks.reduce(
        (most, _, index) => Math.max(most, blockTableBytes(index)),
        header.headerTableBytes,
      ),
  };
}

function tensorBlock(blocks: Block[], buffer: number): number {
  const index = blocks.findIndex(({ kind, id }) => kind === 'tensor' && id === buffer);
  if (index >= 0) return index;
  const expected = blocks.flatMap(({ kind, id }) => (kind === 'tensor' ? [id] : [])).join(', ');
  throw new UsageError(`buffer ${buffer} has no block of its own in this container`, {
    code: 'NO_TENSOR',
    where: `buffer ${buffer}`,
    expected: expected === '' ? 'a container with tensors' : `one of ${expected}`,
    received: `${buffer}`,
  });
}

function tableBytesOf(file: Uint8Array, header: Header, block: Block): number {
  const { codec, length, codedOffset, codedLength } = block;
  const coded = file.subarray(codedOffset, codedOffset + codedLength);
  return codecById(codec, codedOffset).tableBytes(coded, length, codedOffset, header);
}

function checkFile(file: Uint8Array): void {
  const at = file.length - 4;
  const stored = new DataView(file.buffer, file.byteOffset, file.byteLength).getUint32(at, true);
  const actual = crc32c(file.subarray(0, at));
  if (stored !== actual) throw damaged(at, 'file checksum', hex(actual), hex(stored));
}

/** Puts the decoded blocks back where their spans say, in the order of the original. */
function scatter(container: Container): Uint8Array {
  const out = new Uint8Array(container.originalSize);
  const blocks = container.blocks.map((_, index) => container.decodeBlock(index));
  const used = new Array<number>(blocks.length).fill(0);
  for (const { offset, length, block } of container.spans) {
    const from = used[block]!;
    out.set(blocks[block]!.subarray(from, from + length), offset);
    used[block] = from + length;
  }
  return out;
}

/**
 * The original, byte for byte: the TypeScript reference decoder. File checksum, block checksums where there are any, and the
 * SHA-256 of the whole are verified.
 *
 * @throws ContainerError that says where the file is damaged
 */
export function decodeContainer(file: Uint8Array, options: ReadOptions = {}): Uint8Array {
  const container = openContainer(file, options);
  checkFile(file);
  const original = scatter(container);
  container.restoreReferences(original);
  for (const product of container.products) restoreProduct(original, product);
  const expected = Buffer.from(container.sha256).toString('hex');
  const actual = sha256Hex(original);
  if (actual !== expected) throw damaged(6, 'SHA-256 of the original', expected, actual, 'HASH_MISMATCH');
  return original;
}
