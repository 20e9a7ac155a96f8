import fs from 'node:fs';
import path from 'node:path';
import { sha256Hex } from '@weightfold/base';
import { describe, expect, it } from 'vitest';
import { decodeContainer, openContainer } from './container.js';
import { encodeContainer } from './encode.js';
import { ContainerError } from './errors.js';

const folder = path.join(import.meta.dirname, '..', 'vectors');
const index = JSON.parse(fs.readFileSync(path.join(folder, 'vectors.json'), 'utf8')) as {
  vectors: { name: string; how: string; bytes: number; sha256: string; container: string }[];
  refused: { name: string; code: string; how: string }[];
};
const read = (name: string): Uint8Array => new Uint8Array(fs.readFileSync(path.join(folder, name)));

/** Code and offset of the refusal, or null when the file is accepted. */
function refusal(file: Uint8Array): ContainerError | null {
  try {
    decodeContainer(file);
    return null;
  } catch (error) {
    if (error instanceof ContainerError) return error;
    throw error;
  }
}

describe.each(index.vectors)('$name: $how', ({ name, bytes, sha256, container }) => {
  const file = read(`${name}.wfz`);
  const original = read(`${name}.bin`);

  it('decodes to its original', () => {
    expect(sha256Hex(file)).toBe(container);
    expect(original).toHaveLength(bytes);
    expect(sha256Hex(original)).toBe(sha256);
    expect(Buffer.compare(decodeContainer(file), original)).toBe(0);
  });

  it('is refused with any flipped byte, cut tail or byte after its end, and says where', () => {
    const step = Math.max(1, Math.floor(file.length / 60));
    for (let at = 0; at < file.length; at += step) {
      const damaged = new Uint8Array(file);
      damaged[at]! ^= 1 << (at % 8);
      const flipped = refusal(damaged);
      expect(flipped, `byte ${at}`).not.toBeNull();
      expect(flipped!.offset).toBeLessThanOrEqual(file.length);
      expect(flipped!.message).toContain('at byte');
      expect(refusal(file.subarray(0, at)), `cut to ${at}`).not.toBeNull();
    }
    expect(refusal(Buffer.concat([file, Uint8Array.of(0)]))?.code).toBe('DAMAGED');
  });
});

it.each(index.refused)('refuses $name: $how', ({ name, code }) => {
  expect(refusal(read(`refused/${name}.wfz`))?.code).toBe(code);
});

it('checks the file before any block where blocks have no checksums of their own', () => {
  for (const [name, opens] of [
    ['no-block-checksums', false],
    ['records-table', true],
  ] as const) {
    const damaged = read(`${name}.wfz`);
    damaged[damaged.length - 5]! ^= 1;
    const open = () => openContainer(damaged).blocks.length;
    if (opens) expect(open(), name).toBe(40);
    else expect(open, name).toThrow('file checksum');
  }
});

it('checks the original size against the caller’s limit before anything is decoded', () => {
  const file = read('rans-eight-lanes.wfz');
  expect(() => openContainer(file, { maximumSize: 11_999 })).toThrow('Original too large');
  expect(openContainer(file, { maximumSize: 12_000 }).originalSize).toBe(12_000);
});

it('refuses a size that the file cannot hold before anything is decoded', () => {
  const claim = (): unknown => openContainer(read('refused/claims-a-gigabyte.wfz'));
  expect(claim).toThrow(expect.objectContaining({ code: 'DAMAGED', offset: 6, received: `${2 ** 30}` }));
});

it('refuses a block that asks for too much work before it is decoded', () => {
  const container = openContainer(read('refused/too-much-work.wfz'));
  expect(() => container.decodeBlock(0)).toThrow(/work of a context-coded block/);
});

it('does not write what no decoder accepts', () => {
  const data = Uint8Array.of(1);
  const block = { kind: 'tensor', id: 0, codec: 'raw', data, coded: data } as const;
  const blocks = Array.from({ length: 65_537 }, () => block);
  const input = { original: new Uint8Array(65_537).fill(1), blocks, spans: [], products: [] };
  expect(() => encodeContainer(input)).toThrow(
    expect.objectContaining({ code: 'BEYOND_LIMITS', where: 'number of blocks', received: '65537' }),
  );
});

it('gives access to one block without the others', () => {
  const container = openContainer(read('coded-table.wfz'));
  const original = read('coded-table.bin');
  expect(Buffer.compare(container.decodeBlock(7), original.subarray(350, 400))).toBe(0);
  expect(container.blocks[7]).toMatchObject({ kind: 'tensor', id: 8, length: 50 });
});

it.each([
  [2, /old weightfold/],
  [4, /newer weightfold/],
])('tells what to do with a file of format version %i', (version, hint) => {
  const file = new Uint8Array(read('bits-3.wfz'));
  file[4] = version;
  const found = refusal(file);
  expect(found).toMatchObject({ code: 'UNKNOWN_VERSION', offset: 4, hint: expect.stringMatching(hint) });
});
