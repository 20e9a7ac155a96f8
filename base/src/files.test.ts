import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { removeTemporaries, sha256Hex, writeFileAtomic } from './files.js';

it('writes the whole file, replaces an old one and leaves no temporary file behind', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-base-'));
  const file = path.join(dir, 'nested', 'a.bin');
  writeFileAtomic(file, 'old');
  writeFileAtomic(file, new Uint8Array([1, 2, 3]));
  expect([...fs.readFileSync(file)]).toEqual([1, 2, 3]);
  writeFileAtomic(file, [new Uint8Array([1, 2]), new Uint8Array(0), new Uint8Array([3])]);
  expect([...fs.readFileSync(file)]).toEqual([1, 2, 3]);
  expect(fs.readdirSync(path.dirname(file))).toEqual(['a.bin']);
});

it('leaves the old file and no temporary file when the rename fails', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-base-'));
  const target = path.join(dir, 'occupied');
  fs.mkdirSync(path.join(target, 'child'), { recursive: true });
  expect(() => writeFileAtomic(target, 'x')).toThrow();
  expect(fs.readdirSync(dir)).toEqual(['occupied']);
});

it('removes temporary files of a killed process, and nothing else', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-base-'));
  const script = `
    import fs from 'node:fs';
    import { writeFileAtomic } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
    fs.renameSync = () => process.kill(process.pid, 'SIGKILL');
    writeFileAtomic('a.ckpt', 'half');`;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: dir,
    timeout: 20_000,
  });
  expect(signal).toBe('SIGKILL');
  fs.writeFileSync(path.join(dir, 'notes.tmp'), '');
  expect(fs.readdirSync(dir).length).toBe(2);
  removeTemporaries(dir);
  expect(fs.readdirSync(dir)).toEqual(['notes.tmp']);
});

it('hashes as FIPS 180-4 says (example "abc")', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
