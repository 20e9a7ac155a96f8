import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { itOnData, json, scratch, sharedModel, weightfold } from '../test/launch.js';

const model = sharedModel('mlperf_kws01_dscnn_int8');

itOnData('strips a model, proves it, says what it left out, and decompresses to the stripped one', () => {
  const dir = scratch();
  const [wfz, kept, back] = ['s.wfz', 's.tflite', 'back.tflite'].map((name) => path.join(dir, name)) as [
    string,
    string,
    string,
  ];
  const words = ['compress', model, '-o', wfz, '--strip', '--keep-tflite', kept, '--level', 'fast'];
  const { status, document } = json(words);
  expect(status).toBe(0);
  const { stripped } = document;
  expect(stripped).toMatchObject({ originalBytes: fs.statSync(model).size, bytes: fs.statSync(kept).size });
  expect(stripped.proof).toMatchObject({ engine: 'weightfold', examples: 8 });
  const dropped = stripped.dropped.reduce((sum: number, { bytes }: { bytes: number }) => sum + bytes, 0);
  expect(dropped).toBe(stripped.originalBytes - stripped.bytes);
  expect(stripped.dropped.length).toBeGreaterThan(3);
  expect(json(['decompress', wfz, '-o', back]).status).toBe(0);
  expect(fs.readFileSync(back).equals(fs.readFileSync(kept))).toBe(true);
  expect(json(['diff', model, kept]).document.identical).toBe(true);
  const { stdout } = weightfold([...words, '-f']);
  expect(stdout).toMatch(/^left out, in bytes:\n +[\d,]+ {2}names of tensors/);
  expect(stdout).toMatch(/the same output bits on 8 random inputs in our runtime\n/);
});

itOnData('refuses to strip what nothing here can run, unless it is told to', () => {
  const wfz = path.join(scratch(), 's.wfz');
  const words = ['compress', sharedModel('mlperf_ad01_fp32'), '-o', wfz, '--strip', '--level', 'fast'];
  const none = { XDG_CACHE_HOME: scratch(), WEIGHTFOLD_PYTHON_RIVALS: '' };
  const refused = json(words, { env: none });
  expect(refused).toMatchObject({ status: 4, document: { error: { code: 'UNPROVEN' } } });
  expect(refused.document.error.received).toMatch(/float32.*LiteRT: it is not installed/);
  expect(fs.existsSync(wfz)).toBe(false);
  const trusted = json([...words, '--unproven'], { env: none });
  expect(trusted).toMatchObject({ status: 0, document: { stripped: { proof: null } } });
});

itOnData('refuses options of --strip without it, and to strip what is no model', () => {
  const dir = scratch();
  const wfz = path.join(dir, 's.wfz');
  expect(json(['compress', model, '-o', wfz, '--unproven']).status).toBe(2);
  expect(json(['compress', model, '-o', wfz, '--keep-tflite', 'k']).status).toBe(2);
  for (const twice of [wfz, path.relative(process.cwd(), wfz), '-'])
    expect(
      json(['compress', model, '-o', wfz, '--strip', '--keep-tflite', twice], { cwd: process.cwd() }).status,
    ).toBe(2);
  const text = path.join(dir, 'text');
  fs.writeFileSync(text, 'no model at all');
  const refused = json(['compress', text, '-o', wfz, '--strip']);
  expect(refused).toMatchObject({ status: 1, document: { error: { code: 'NOT_TFLITE' } } });
  expect(refused.document.error.message).toContain(text);
});

itOnData('packs for microcontrollers, and inspect tells what a file needs', () => {
  const dir = scratch();
  const [small, usual] = [path.join(dir, 'mcu.wfz'), path.join(dir, 'usual.wfz')];
  const { document } = json(['compress', model, '-o', small, '--target', 'mcu']);
  expect(document.target).toBe('mcu');
  expect(document.tableBytes).toBeLessThanOrEqual(4096);
  expect(json(['verify', small, '--against', model]).status).toBe(0);
  const { packed } = json(['inspect', small]).document;
  expect(packed).toMatchObject({ target: 'mcu', tableBytes: document.tableBytes });
  expect(weightfold(['inspect', small]).stdout).toMatch(/decoder tables: at most 4,096 bytes\n$/);
  weightfold(['compress', model, '-o', usual, '--level', 'fast']);
  const blocks = json(['inspect', usual]).document.packed.blocks;
  const coded = blocks.reduce((sum: number, { codedBytes }: { codedBytes: number }) => sum + codedBytes, 0);
  expect(coded).toBeLessThan(fs.statSync(usual).size);
  expect(blocks.map(({ kind }: { kind: string }) => kind)).toEqual(
    expect.arrayContaining(['structure', 'tensor']),
  );
  expect(json(['inspect', model]).document.packed).toBe(null);
});
