import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { hashOfFiles, modulesIn, modulesOf } from './modules.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-modules-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const written = (name: string, text: string) => {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
};

it('tells another content, another order, and bytes that moved from one file to the next', () => {
  const [a, b] = [written('a', 'one'), written('b', 'two')];
  const before = hashOfFiles([a, b]);
  expect(hashOfFiles([a, b])).toBe(before);
  expect(hashOfFiles([b, a])).not.toBe(before);
  expect(hashOfFiles([written('a', 'onet'), written('b', 'wo')])).not.toBe(before);
});

it('finds modules, deeper ones too, but neither declarations, maps nor tests', () => {
  const dist = path.join(folder, 'dist');
  const modules = ['index.js', 'deeper/codec.js'].map((name) => written(`dist/${name}`, ''));
  for (const name of ['index.d.ts', 'index.js.map', 'index.test.ts']) written(`dist/${name}`, '');
  expect(modulesIn(dist)).toEqual(modules.sort());
});

it('knows the modules of a package as they run here', () => {
  const names = modulesOf('@weightfold/container').map((file) => path.basename(file, path.extname(file)));
  expect(names).toEqual(expect.arrayContaining(['index', 'crc32c']));
});
