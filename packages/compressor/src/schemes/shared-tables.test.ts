import fs from 'node:fs';
import path from 'node:path';
import { openContainer } from '@weightfold/container';
import { data, needing } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { compress } from '../compress.js';
import type { Level, Material } from './scheme.js';
import { shareTables } from './shared-tables.js';

const load = (file: string): Buffer => fs.readFileSync(path.join(data, file));

/** Bytes of the tensors, with the tables that they share; and the codecs that they use. */
function tensorsOf(file: string, level: Level) {
  const { bytes, report } = compress(load(file), { level });
  const container = openContainer(bytes);
  const tensors = report.tensors.filter(({ kind }) => kind === 'tensor');
  return {
    shared: container.sharedTables.length,
    bytes: tensors.reduce((sum, { codedBytes }) => sum + codedBytes, 0),
    codecs: new Set(tensors.map(({ codec }) => codec)),
  };
}

// What they were with the context codec for tensors up to 16 KiB: 21498, 13949, 37110, 8473.
it.each([
  ['tfmot/dscnn_s_base_int8.tflite', 21_230],
  ['tfmot/dscnn_s_pruned50_int8.tflite', 13_750],
  ['models/mlperf_vww01_mbv1_int8.tflite', 33_850],
  ['models/tflm_mnist_lstm_int8.tflite', 7840],
])(
  '%s: at most %i bytes of tensors at level default, without the context codec',
  needing('data'),
  (file, most) => {
    const { shared, bytes, codecs } = tensorsOf(file, 'default');
    expect(bytes).toBeLessThanOrEqual(most);
    expect(shared).toBeGreaterThan(0);
    expect(codecs).not.toContain('context');
  },
);

it('level fast shares tables as well', needing('data'), () => {
  const { shared, codecs } = tensorsOf('tfmot/dscnn_s_base_int8.tflite', 'fast');
  expect(shared).toBeGreaterThan(0);
  expect(codecs).not.toContain('context');
});

it('plans of very many small tensors only the longest thoroughly', () => {
  const materials = Array.from({ length: 700 }, (_, i): Material => {
    const length = i === 600 ? 5000 : 256 + (i % 2);
    const tensor = {
      name: `${i}`,
      shape: [1, length],
      elementSize: 1,
      dtype: 'int8',
      center: 0,
      channelDimension: -1,
    };
    const data = Uint8Array.from({ length }, (_, k) => ((k * k * 7 + i) % 11) - 5);
    return { kind: 'tensor', data, parts: [length], tensor };
  });
  shareTables(materials, 'default');
  const quick = materials.filter(({ quick }) => quick);
  expect(quick).toHaveLength(700 - 512);
  expect(quick.every(({ data, planned }) => data.length === 256 && planned!.length === 1)).toBe(true);
});

it('shares nothing when there is nothing to gain', () => {
  let state = 1;
  const noise = (): Uint8Array =>
    Uint8Array.from({ length: 1000 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
  const materials = Array.from({ length: 20 }, (_, i): Material => {
    const tensor = {
      name: `${i}`,
      shape: [10, 100],
      elementSize: 1,
      dtype: 'int8',
      center: 0,
      channelDimension: 0,
    };
    const data = noise();
    return { kind: 'tensor', data, parts: [data.length], tensor };
  });
  expect(shareTables(materials, 'default').size).toBe(0);
  expect(shareTables([], 'default').size).toBe(0);
});
