import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { namingFile, WeightfoldError } from './errors.js';
import { makeFolder, removeTemporaries, sha256Hex, writeFileAtomic } from './files.js';

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

it('writes through a link, and into a pipe, which both stay what they are', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-base-'));
  const [file, link, pipe] = ['a.bin', 'link', 'pipe'].map((name) => path.join(dir, name)) as [
    string,
    string,
    string,
  ];
  fs.writeFileSync(file, 'old');
  fs.symlinkSync('a.bin', link);
  writeFileAtomic(link, 'new');
  expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
  expect(fs.readFileSync(file, 'utf8')).toBe('new');
  execFileSync('mkfifo', [pipe]);
  const reader = fs.openSync(pipe, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  writeFileAtomic(pipe, 'through');
  expect(fs.readFileSync(reader, 'utf8')).toBe('through');
  fs.closeSync(reader);
  expect(fs.statSync(pipe).isFIFO()).toBe(true);
  expect(fs.readdirSync(dir).sort()).toEqual(['a.bin', 'link', 'pipe']);
});

it('leaves the old file and no temporary file when the rename fails', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-base-'));
  const target = path.join(dir, 'occupied');
  fs.mkdirSync(path.join(target, 'child'), { recursive: true });
  expect(() => writeFileAtomic(target, 'x')).toThrow(`${target} cannot be written: it is a folder`);
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

it('names the target and the cause, not the temporary file, when a folder on the way is a file or lets nothing in', () => {
  const occupied = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-base-')), 'occupied');
  fs.writeFileSync(occupied, '');
  for (const make of [
    () => writeFileAtomic(path.join(occupied, 'a', 'b.bin'), 'x'),
    () => makeFolder(path.join(occupied, 'a')),
  ])
    expect(make).toThrow(`cannot be written: ${occupied} is not a folder`);
  expect(() => writeFileAtomic(path.join(occupied, 'b.bin'), 'x')).toThrow(
    expect.objectContaining({ code: 'ENOTDIR', exitCode: 2, where: occupied }),
  );
  // Linux makes no files or folders here, for no user.
  if (fs.existsSync('/proc/self'))
    expect(() => writeFileAtomic('/proc/no-such.bin', 'x')).toThrow(
      /^\/proc\/no-such\.bin cannot be written: ENOENT[^']*$/,
    );
});

it('names the file in errors of ours, once', () => {
  const work = () => {
    throw new WeightfoldError('expected 1 but received 2', { code: 'X', where: 'byte 3' });
  };
  const named = { message: 'a.wfz: expected 1 but received 2', where: 'a.wfz, byte 3' };
  expect(() => namingFile('a.wfz', () => namingFile('a.wfz', work))).toThrow(expect.objectContaining(named));
});

it('hashes as FIPS 180-4 says (example "abc")', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
