import { sha256Hex } from '@weightfold/base';
import { codecById } from './codecs/registry.js';
import { crc32c } from './crc32c.js';
import { damaged } from './errors.js';
import { hex, readHeader } from './header.js';
import type { Block, Header, ReadOptions } from './layout.js';
import { restoreProduct } from './products.js';

/** An opened container: header and table are checked, nothing is decoded yet. */
export interface Container extends Header {
  /**
   * The bytes of one block, checked against its checksum. A tensor's block is the tensor's buffer, so this is random
   * access to one tensor; blocks that hold targets of products have differences there.
   */
  decodeBlock(index: number): Uint8Array;
}

function decodeOne(file: Uint8Array, header: Header, block: Block, index: number): Uint8Array {
  const coded = file.subarray(block.codedOffset, block.codedOffset + block.codedLength);
  const data = codecById(block.codec, block.codedOffset).decode(
    coded,
    block.length,
    block.codedOffset,
    header,
  );
  const crc = crc32c(data);
  if (crc !== block.crc)
    throw damaged(block.codedOffset, `checksum of block ${index}`, hex(block.crc), hex(crc));
  return data;
}

/**
 * Opens a .wfz container.
 *
 * @throws ContainerError with the byte offset when header or table are damaged, unknown or beyond the limits
 */
export function openContainer(file: Uint8Array, options: ReadOptions = {}): Container {
  const header = readHeader(file, options);
  return {
    ...header,
    decodeBlock(index) {
      const block = header.blocks[index];
      if (!block) throw new RangeError(`block ${index} of ${header.blocks.length}`);
      return decodeOne(file, header, block, index);
    },
  };
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
 * The original, byte for byte: the TypeScript reference decoder. File checksum, block checksums and the SHA-256 of the
 * whole are verified.
 *
 * @throws ContainerError that says where the file is damaged
 */
export function decodeContainer(file: Uint8Array, options: ReadOptions = {}): Uint8Array {
  const container = openContainer(file, options);
  checkFile(file);
  const original = scatter(container);
  for (const product of container.products) restoreProduct(original, product);
  const expected = Buffer.from(container.sha256).toString('hex');
  const actual = sha256Hex(original);
  if (actual !== expected) throw damaged(6, 'SHA-256 of the original', expected, actual);
  return original;
}
