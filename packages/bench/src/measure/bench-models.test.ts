import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compress } from '@weightfold/compressor';
import { writeNpy } from '@weightfold/datasets';
import { nativeInfo } from '@weightfold/runtime-native';
import { bytesOf, modelFile, needing } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { benchModels } from './bench-models.js';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-bench-'));
const hello = modelFile('tflm_hello_world_int8.tflite');

it(
  'measures our runtime beside all rivals, and says how many times as fast it is',
  needing('data', 'python'),
  async () => {
    const against = ['litert', 'litert-ref', 'tflm'];
    const { results, ratios } = await benchModels({ models: [hello], against, runs: 40 });
    expect(results.map(({ engine }) => engine)).toEqual([`weightfold-${nativeInfo().isa}`, ...against]);
    for (const row of results) {
      expect(row.medianUs).toBeGreaterThan(0);
      expect(row.p95Us).toBeGreaterThanOrEqual(row.medianUs);
      expect(row.ci95Us[0]).toBeLessThanOrEqual(row.medianUs);
      expect(row.ci95Us[1]).toBeGreaterThanOrEqual(row.medianUs);
      expect(row.loadMs).toBeGreaterThan(0);
      expect(typeof row.trusted).toBe('boolean');
    }
    expect(results[0]!.arenaBytes).toBeGreaterThan(0);
    expect(results[1]!.peakRssBytes).toBeGreaterThan(1e7);
    ratios.forEach(({ engine, versus, ratio }, i) => {
      expect([engine, versus]).toEqual([results[0]!.engine, against[i]]);
      expect(ratio).toBeCloseTo(results[i + 1]!.medianUs / results[0]!.medianUs);
    });
  },
);

it(
  'leaves out a rival that refuses a model, says so, and measures the others',
  needing('data', 'python'),
  async () => {
    const person = modelFile('tflm_person_detect_int8.tflite');
    const { results, ratios, refused } = await benchModels({
      models: [person, hello],
      against: ['litert', 'tflm'],
      runs: 1,
    });
    const ours = `weightfold-${nativeInfo().isa}`;
    expect(results.map(({ engine }) => engine)).toEqual([ours, 'tflm', ours, 'litert', 'tflm']);
    expect(ratios.map(({ model, versus }) => [model, versus])).toEqual([
      [person, 'tflm'],
      [hello, 'litert'],
      [hello, 'tflm'],
    ]);
    expect(refused).toEqual([
      { model: person, engine: 'litert', reason: expect.stringMatching(/^litert: .+/) },
    ]);
  },
);

it('takes a .wfz and an input', needing('data'), async () => {
  const wfz = path.join(dir, 'model.wfz');
  fs.writeFileSync(wfz, compress(bytesOf(hello), { level: 'fast' }).bytes);
  const input = path.join(dir, 'x.npy');
  fs.writeFileSync(input, writeNpy({ dtype: 'int8', shape: [1, 1], data: Int8Array.of(3) }));
  const { results } = await benchModels({ models: [wfz, hello], input, runs: 1 });
  expect(results.map(({ model }) => model)).toEqual([wfz, hello]);
});

it('refuses unknown rivals and inputs of another type or shape', needing('data'), async () => {
  await expect(benchModels({ models: [hello], against: ['litrt'] })).rejects.toThrow(
    /expected one of litert, litert-ref, tflm but received litrt/,
  );
  const input = path.join(dir, 'other.npy');
  fs.writeFileSync(input, writeNpy({ dtype: 'int8', shape: [1], data: Int8Array.of(3) }));
  await expect(benchModels({ models: [hello], input })).rejects.toThrow(
    /expected int8 of shape \[1,1\] but received int8 of shape \[1\]/,
  );
});
