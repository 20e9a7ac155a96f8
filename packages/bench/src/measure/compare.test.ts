import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { randomInteger } from '../random.js';
import { compareBenches, readBench } from './compare.js';
import type { BenchResult } from './schema.js';
import { latencyOf } from './summarize.js';

/** A run in which each engine takes the given time, give or take 2 %. */
function run(times: Record<string, number>, seed: number, cpu = 'AMD EPYC'): BenchResult {
  const next = randomInteger(seed);
  const state = { frequencyMHz: null, temperatureC: null, throttled: null, load1: 0 };
  const samples = Object.entries(times).map(([engine, us]) => ({
    model: `/somewhere/${seed}/model.tflite`,
    engine,
    rounds: Array.from({ length: 40 }, () =>
      Array.from({ length: 10 }, () => us * 1000 * (0.98 + next(1000) / 25_000)),
    ),
  }));
  const facts = { version: null, threads: 1, loadMs: 1, firstUs: 1, peakRssBytes: 1, arenaBytes: 1 };
  return {
    settings: { seed: 1, rounds: 40, minSeconds: null, runs: null, threads: 1, input: null },
    context: {
      date: '2026-11-27T00:00:00Z',
      host: 'h',
      cpu,
      cores: 2,
      features: [],
      arch: 'x86_64',
      kernel: '6.1',
      governors: [],
      pinned: null,
      emulated: null,
      before: state,
      after: state,
      others: [],
      othersCpus: null,
      stolen: 0,
    },
    results: samples.map(({ model, engine, rounds }) => ({
      model,
      engine,
      ...facts,
      fileBytes: 1,
      wfzBytes: null,
      ...latencyOf({ rounds, runs: rounds.flat().length, batch: 1, steady: true }),
    })),
    samples,
    ratios: [],
    refused: [],
    absent: [],
    trusted: true,
    reasons: [],
  };
}

it('finds what became slower, what became faster, and what did not change', () => {
  const before = run({ same: 100, slow: 100, fast: 100, gone: 1 }, 1);
  const after = run({ same: 100, slow: 105, fast: 80, come: 1 }, 2, 'Arm');
  const { changes, only, differences } = compareBenches(before, after);
  expect(changes.map(({ model, engine, verdict }) => [model, engine, verdict])).toEqual([
    ['model.tflite', 'same', 'not distinguishable'],
    ['model.tflite', 'slow', 'slower'],
    ['model.tflite', 'fast', 'faster'],
  ]);
  expect(changes[2]!.ratio).toBeCloseTo(1.25, 1);
  expect(only).toEqual([
    { model: 'model.tflite', engine: 'gone', in: 'old' },
    { model: 'model.tflite', engine: 'come', in: 'new' },
  ]);
  expect(differences).toEqual(['CPU: AMD EPYC, then Arm']);
});

it('tells whose row is not to be trusted, and why', () => {
  const [before, after] = [run({ ours: 100, litert: 100 }, 1), run({ ours: 150, litert: 100 }, 2)];
  for (const row of [...before.results, ...after.results]) Object.assign(row, { trusted: true, reasons: [] });
  Object.assign(after.results[0]!, { trusted: false, reasons: ['others are at work'] });
  const { changes } = compareBenches(before, after);
  expect(changes.map(({ engine, verdict, trusted, reasons }) => [engine, verdict, trusted, reasons])).toEqual(
    [
      ['ours', 'slower', false, ['new: others are at work']],
      ['litert', 'not distinguishable', true, []],
    ],
  );
});

it('tells models of one name in several folders apart', () => {
  const both = (first: number, second: number) => {
    const [one, two] = [run({ ours: first }, 1), run({ ours: second }, 2)];
    return { ...one, results: [...one.results, ...two.results], samples: [...one.samples, ...two.samples] };
  };
  const { changes } = compareBenches(both(100, 100), both(100, 150));
  expect(changes.map(({ model, verdict }) => [model, verdict])).toEqual([
    ['/somewhere/1/model.tflite', 'not distinguishable'],
    ['/somewhere/2/model.tflite', 'slower'],
  ]);
});

it('reads what was written, and names the key of what was not', () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-compare-')), 'b.json');
  const document = run({ ours: 10 }, 3);
  const write = (value: unknown) => fs.writeFileSync(file, JSON.stringify(value));
  write({ schemaVersion: 1, command: 'bench', ...document, files: [] });
  expect(readBench(file)).toMatchObject(document);
  write({ ...document, results: [{ ...document.results[0], medianUs: 'fast' }] });
  expect(() => readBench(file)).toThrow(
    expect.objectContaining({ where: `${file}, results.0.medianUs`, exitCode: 2 }),
  );
  fs.writeFileSync(file, '{');
  expect(() => readBench(file)).toThrow(
    /expected a document of weightfold bench --json .* but received no JSON/,
  );
});
