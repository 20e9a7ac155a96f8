import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { json, scratch } from '../test/launch.js';
import { lackingKernels } from './doctor/backends.js';
import { findNode, inRange } from './doctor/node.js';

it('says what was found', () => {
  const { status, document } = json(['doctor']);
  expect(status).toBe(0);
  expect(document).toMatchObject({
    schemaVersion: 1,
    command: 'doctor',
    node: { version: process.versions.node, ok: true },
  });
  expect(['native', 'javascript']).toContain(document.tfjs.backend);
  expect(document.native).toMatchObject({ loaded: true, isa: expect.any(String) });
  expect(document.native.available).toContain('scalar');
  expect(document.native.available).toContain(document.native.isa);
  expect(Object.keys(document.tools)).toEqual(['python3', 'pip', 'g++', 'cmake']);
  expect(document.ok).toBe(document.problems.length === 0);
});

// What a machine without set-up looks like: neither tools, nor tfjs, nor the addon.
const bare = `
  const Module = require('node:module');
  const load = Module._load;
  Module._load = function (name, ...rest) {
    if (!name.startsWith('@tensorflow/')) return load.call(this, name, ...rest);
    throw Object.assign(new Error('Cannot find module ' + name), { code: 'MODULE_NOT_FOUND' });
  };
  process.dlopen = () => { throw new Error('cannot open shared object file'); };`;

it('works where nothing is installed, and names the command that mends each missing thing', () => {
  const dir = scratch();
  const hook = path.join(dir, 'bare.cjs');
  fs.writeFileSync(hook, bare);
  const { status, document } = json(['doctor'], { env: { PATH: dir, NODE_OPTIONS: `--require "${hook}"` } });
  expect(status).toBe(0);
  expect(document).toMatchObject({
    ok: false,
    tfjs: { backend: null },
    native: { loaded: false, isa: null },
  });
  expect(document.tfjs.reason).toContain('@tensorflow/');
  expect(document.native.error).toContain('cannot open shared object file');
  expect(document.tools.cmake).toEqual({ found: false, version: null });
  const fixes = document.problems.map((problem: { fix: string }) => problem.fix);
  expect(fixes).toContain('npm run setup');
  expect(fixes).toContain('TFJS_NATIVE=require npm run setup');
  if (process.platform !== 'linux') return;
  for (const name of ['python3', 'python3-pip', 'g++', 'cmake']) {
    expect(fixes.filter((fix: string) => fix.endsWith(`apt-get install -y ${name}`))).toHaveLength(1);
  }
});

it('works, and tells it, when the addon refuses the forced instruction set', () => {
  const { status, document } = json(['doctor'], { env: { WEIGHTFOLD_ISA: 'no-such-isa' } });
  expect(status).toBe(0);
  expect(document.native).toMatchObject({ loaded: true, isa: null });
  expect(document.native.error).toContain('no-such-isa');
});

it('tells dot product instructions that the addon has no kernels for', () => {
  expect(lackingKernels(['avx2', 'fma', 'avx512_vnni'], ['scalar', 'avx2'])).toEqual(['avx512_vnni']);
  expect(lackingKernels(['avx2', 'fma', 'avx512_vnni'], ['scalar', 'avx2', 'avx512_vnni'])).toEqual([]);
  const { native } = json(['doctor']).document;
  expect(native.withoutKernels).toEqual(lackingKernels(native.cpuFeatures, native.available));
});

it('compares versions by number, not by text', () => {
  expect(inRange('20.20.2', '>=20.17 <23')).toBe(true);
  expect(inRange('20.9.0', '>=20.17 <23')).toBe(false);
  expect(inRange('22.99.1', '>=20.17 <23')).toBe(true);
  expect(inRange('23.0.0', '>=20.17 <23')).toBe(false);
  expect(findNode('18.0.0').findings[0]?.problem?.what).toContain('20.17');
});
