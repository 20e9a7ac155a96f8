import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseCsv, recordBaselines } from './baselines.js';

it('keeps rows of other keys, replaces those of the same, and keeps columns that only some rows have', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-rows-'));
  const record = (rows: Record<string, string | number>[]) =>
    recordBaselines('size', ['model', 'level'], rows, dir);
  record([
    { model: 'b', level: 'max', bytes: 10 },
    { model: 'a, the "first"', level: 'max', bytes: 20 },
  ]);
  const file = record([{ model: 'b', level: 'max', bytes: 9, zstd: 12 }]);
  expect(fs.readFileSync(file, 'utf8')).toBe(
    'model,level,bytes,zstd\n"a, the ""first""",max,20,\nb,max,9,12\n',
  );
  expect(parseCsv(fs.readFileSync(file, 'utf8'))).toEqual([
    { model: 'a, the "first"', level: 'max', bytes: '20', zstd: '' },
    { model: 'b', level: 'max', bytes: '9', zstd: '12' },
  ]);
});

it('keeps what is recorded readable: each file has the columns that scripts rely on', () => {
  const folder = new URL('../baselines/', import.meta.url);
  const wanted: Record<string, string[]> = {
    'instructions.csv': ['model', 'cpu', 'op', 'instructions', 'compiler', 'flags'],
    'optimizer.csv': [
      'model',
      'stage',
      'accuracyInt8',
      'wfzBytes',
      'compressor',
      'seed',
      'schedule',
      'distillation',
    ],
    'size.csv': ['model', 'level', 'bytes'],
    'unpack.csv': ['model', 'unpacker', 'ms', 'megabytesPerSecond'],
    'speed.csv': ['model', 'isa', 'engine', 'ratio'],
  };
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.csv'));
  expect(files.length).toBeGreaterThan(0);
  for (const name of files) {
    const rows = parseCsv(fs.readFileSync(new URL(name, folder), 'utf8'));
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows)
      expect(Object.keys(row)).toEqual(expect.arrayContaining(wanted[name] ?? ['model']));
  }
});
