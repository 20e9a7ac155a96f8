import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { expect, it, vi } from 'vitest';
import { brotliBytes, lzmaBytes, rivalSizes, xzBytes, zstdBytes } from './sizes.js';

const has = (program: string) =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => fs.existsSync(path.join(folder, program)));
const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-sizes-')), 'text');
fs.writeFileSync(file, Array.from({ length: 2000 }, (_, i) => `line ${(i * i) % 97}\n`).join(''));
const text = fs.readFileSync(file);

it('counts what xz -9e writes', { skip: !has('xz') && !process.env.CI }, async () => {
  expect(await xzBytes(text)).toBe(execFileSync('xz', ['-9e', '-c', file]).length);
});

it('finds LZMA settings that are smaller than the usual ones', {
  skip: !has('xz') && !process.env.CI,
}, async () => {
  const words = Buffer.from(Uint32Array.from({ length: 4000 }, (_, i) => 70000 + ((i * i) % 511)).buffer);
  fs.writeFileSync(`${file}.words`, words);
  const usual = execFileSync('xz', ['-9e', '--format=lzma', '-c', `${file}.words`]).length;
  const tuned = (await lzmaBytes(words))!;
  expect(tuned).toBeLessThan(usual);
  expect(tuned).toBeGreaterThan(13);
});

it('counts what zstd --ultra -22 writes', { skip: !has('zstd') }, async () => {
  const { length } = execFileSync('zstd', ['--ultra', '-22', '-c', '-q', file]);
  expect(await zstdBytes(text)).toBe(length);
});

it('counts a brotli stream that holds the data, smaller than at a lower quality', async () => {
  const quality5 = zlib.brotliCompressSync(text, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } });
  expect(await brotliBytes(text)).toBeLessThan(quality5.length);
  expect(await brotliBytes(text)).toBeGreaterThan(50);
});

it('is null where the program is missing', async () => {
  vi.stubEnv('PATH', '/nowhere');
  expect([await xzBytes(text), await zstdBytes(text)]).toEqual([null, null]);
  expect(await rivalSizes(text)).toMatchObject({ zstd: null, xz: null, brotli: await brotliBytes(text) });
  vi.unstubAllEnvs();
});

it('is null where Python was built without lzma, so that a run does not end there', {
  skip: !has('python3') && !process.env.CI,
}, async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-lzma-'));
  fs.writeFileSync(path.join(folder, 'lzma.py'), "raise ImportError('No module named _lzma')\n");
  vi.stubEnv('PYTHONPATH', folder);
  expect(await xzBytes(text)).toBeNull();
  vi.unstubAllEnvs();
  expect(await xzBytes(text)).toBeGreaterThan(50);
});
