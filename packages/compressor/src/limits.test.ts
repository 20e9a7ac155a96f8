import { formatLimits } from '@weightfold/container';
import { noise } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { compress } from './compress.js';
import { layOut } from './layout.js';
import { longest, productsWithinLimits } from './limits.js';
import type { Region } from './regions.js';
import { expectOriginal } from './self-check.js';

/** Numbers of blocks and spans of a layout whose spans give the bytes back. */
function layOutAll(bytes: Uint8Array, regions: Region[]): { blocks: number; spans: number } {
  const { blocks, spans } = layOut(bytes, { regions, products: [] });
  const data = blocks.map(({ parts }) => Buffer.concat(parts));
  const used = data.map(() => 0);
  const back = Buffer.alloc(bytes.length);
  for (const { offset, length, block } of spans) {
    data[block]!.copy(back, offset, used[block]!, used[block]! + length);
    used[block]! += length;
  }
  expect(Buffer.compare(back, bytes)).toBe(0);
  return { blocks: blocks.length, spans: spans.length };
}

it('keeps the longest tensors when there are more than a container has blocks', () => {
  const count = 66_001;
  const bytes = new Uint8Array(count * 20).fill(1);
  const regions = Array.from({ length: count }, (_, id): Region => {
    return { kind: 'tensor', offset: 20 * id, length: 16 + (id % 3), id, tensor: null };
  });
  const { blocks } = layOutAll(bytes, regions);
  expect(blocks).toBeGreaterThan(65_000);
  expect(blocks).toBeLessThanOrEqual(formatLimits.blocks);
});

it('cuts at most as many runs of zeros out of the structure as a container has spans', () => {
  const bytes = new Uint8Array(140_000 * 513);
  for (let at = 0; at < bytes.length; at += 513) bytes[at] = 1;
  const { spans } = layOutAll(bytes, []);
  expect(spans).toBeGreaterThan(formatLimits.spans - 4);
  expect(spans).toBeLessThanOrEqual(formatLimits.spans);
});

it('keeps the longest products, in their order', () => {
  const product = (count: number) => ({ kind: 'product' as const, target: 0, source: 8, count, factor: 0 });
  const products = Array.from({ length: formatLimits.products + 2 }, (_, i) => product(1 + (i % 5)));
  const kept = productsWithinLimits(products);
  expect(kept).toHaveLength(formatLimits.products);
  const known = new Set(kept);
  const dropped = products.filter((one) => !known.has(one));
  expect(dropped.map(({ count }) => count)).toEqual([1, 1]);
  expect(longest([3, 1, 2, 3], 2, (length) => length)).toEqual([3, 3]);
  expect(longest([3, 1, 2, 3], 3, (length) => length)).toEqual([3, 2, 3]);
});

it('packs long zeros to the limit of what a block may hold', () => {
  const zeros = new Uint8Array(3_000_000);
  expect(compress(zeros).bytes.length).toBeLessThan(zeros.length / 3500);
  zeros[77_777] = 3;
  expect(compress(zeros).bytes.length).toBeLessThan(zeros.length / 3400);
});

it('packs structure that repeats with as many contexts as the limit of work leaves', () => {
  const record = noise(200, 5);
  const changes = noise(1000, 6);
  const repeated = Uint8Array.from({ length: 200_000 }, (_, i) =>
    i % 200 === 0 ? changes[i / 200]! : record[i % 200]!,
  );
  expect(compress(repeated).bytes.length).toBeLessThan(repeated.length / 75);
});

it('decodes what it made before it gives it away', () => {
  const original = Uint8Array.from({ length: 300 }, (_, i) => i & 3);
  const { bytes } = compress(original);
  expect(() => expectOriginal(bytes, original)).not.toThrow();
  const other = new Uint8Array(original);
  other[7] = 200;
  expect(() => expectOriginal(bytes, other)).toThrow(expect.objectContaining({ code: 'SELF_CHECK' }));
  expect(() => expectOriginal(bytes.subarray(1), original)).toThrow(
    expect.objectContaining({ code: 'SELF_CHECK' }),
  );
});
