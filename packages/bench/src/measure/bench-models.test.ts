import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compress } from '@weightfold/compressor';
import { writeNpy } from '@weightfold/datasets';
import { nativeInfo } from '@weightfold/runtime-native';
import { bytesOf, modelFile, needing } from '@weightfold/test-support';
import { expect, it, vi } from 'vitest';
import { median } from '../statistics.js';
import { benchModels } from './bench-models.js';
import { cpuList } from './pin.js';
import { benchSchema } from './schema.js';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-bench-'));
const hello = modelFile('tflm_hello_world_int8.tflite');

it(
  'measures our runtime beside all rivals, and says how many times as fast it is',
  needing('data', 'python'),
  async () => {
    const against = ['litert', 'litert-ref', 'tflm'];
    const document = await benchModels({ models: [hello], against, runs: 40, pack: true });
    expect(benchSchema.parse(document)).toEqual(document);
    const { results, ratios, samples } = document;
    expect(results.map(({ engine }) => engine)).toEqual([`weightfold-${nativeInfo().isa}`, ...against]);
    for (const row of results) {
      expect(row.medianUs).toBeGreaterThan(0);
      expect(row.p95Us).toBeGreaterThanOrEqual(row.medianUs);
      expect(row.ci95Us[0]).toBeLessThanOrEqual(row.medianUs);
      expect(row.ci95Us[1]).toBeGreaterThanOrEqual(row.medianUs);
      expect(row.loadMs).toBeGreaterThan(0);
      expect(row.trusted).toBe(row.reasons.length === 0);
      expect(row.firstUs).toBeGreaterThan(0);
      expect(row.peakRssBytes).toBeGreaterThan(1e7);
      expect(row).toMatchObject({ fileBytes: bytesOf(hello).length, threads: 1 });
      expect(row.runs).toBe(40 * row.runsPerSample); // a sample in each round, of several runs in the fast ones
      expect(row.wfzBytes).toBeLessThan(row.fileBytes);
    }
    expect(results[0]!.arenaBytes).toBeGreaterThan(0);
    expect(results[1]!.version).toMatch(/^2\./);
    ratios.forEach(({ engine, versus, ci99: [low, high], ratio }, i) => {
      expect([engine, versus]).toEqual([results[0]!.engine, against[i]]);
      expect(low).toBeLessThanOrEqual(ratio);
      expect(high).toBeGreaterThanOrEqual(ratio);
    });
    results.forEach(({ medianUs }, i) => {
      expect(samples[i]!.rounds).toHaveLength(40);
      expect(median(samples[i]!.rounds.flat()) / 1000).toBe(medianUs);
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

/** Kills the processes of this one's that run a rival. */
function killRivals(): void {
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const read = (name: string) => fs.readFileSync(path.join('/proc', pid, name), 'utf8');
    try {
      const parent = /^PPid:\s*(\d+)/m.exec(read('status'))?.[1];
      if (Number(parent) === process.pid && read('cmdline').includes('rival.py'))
        process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}

it(
  'leaves out a rival whose process dies, says so, and measures ours',
  needing('data', 'python'),
  async () => {
    const messages: string[] = [];
    const { results, ratios, refused } = await benchModels({
      models: [hello],
      against: ['litert'],
      runs: 40,
      onRound: killRivals,
      onProgress: (message) => messages.push(message),
    });
    expect(results.map(({ engine }) => engine)).toEqual([`weightfold-${nativeInfo().isa}`]);
    expect(results[0]!.runs).toBe(40 * results[0]!.runsPerSample);
    expect(ratios).toEqual([]);
    const reason = 'litert: its process ended with SIGKILL';
    expect(refused).toEqual([{ model: hello, engine: 'litert', reason: expect.stringContaining(reason) }]);
    expect(messages.join('\n')).toContain(`left out litert, which failed: ${reason}`);
  },
);

it('takes a .wfz and an input', needing('data'), async () => {
  const wfz = path.join(dir, 'model.wfz');
  fs.writeFileSync(wfz, compress(bytesOf(hello), { level: 'fast' }).bytes);
  const input = path.join(dir, 'x.npy');
  fs.writeFileSync(input, writeNpy({ dtype: 'int8', shape: [1, 1], data: Int8Array.of(3) }));
  const { results } = await benchModels({ models: [wfz, hello], input, runs: 1 });
  expect(results.map(({ model }) => model)).toEqual([wfz, hello]);
  const [tfliteBytes, wfzBytes] = [hello, wfz].map((file) => bytesOf(file).length);
  expect(results.map((row) => [row.fileBytes, row.wfzBytes])).toEqual([
    [tfliteBytes, wfzBytes],
    [tfliteBytes, null],
  ]);
});

it('refuses unknown rivals and inputs of another type or shape', needing('data'), async () => {
  await expect(benchModels({ models: [hello], against: ['litrt'] })).rejects.toThrow(
    /expected one of litert, litert-noamx, litert-ref, tflm, ort but received litrt/,
  );
  const input = path.join(dir, 'other.npy');
  fs.writeFileSync(input, writeNpy({ dtype: 'int8', shape: [1], data: Int8Array.of(3) }));
  await expect(benchModels({ models: [hello], input })).rejects.toThrow(
    /expected int8 of shape \[1,1\] but received int8 of shape \[1\]/,
  );
});

it('refuses CPUs that the machine does not have, also beside one that it has', needing('data'), async () => {
  for (const pin of [[4000], [0, 4000]]) {
    const refused = benchModels({ models: [hello], runs: 1, pin });
    await expect(refused).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('pin: ') });
  }
});

it('keeps to the CPUs that it is pinned to, and soaks', needing('data'), async () => {
  const cpus = cpuList('0');
  const { context, soak } = await benchModels({ models: [hello], runs: 1, pin: cpus, soakSeconds: 2 });
  expect(context.pinned).toEqual([0]);
  expect(soak).toMatchObject([{ model: hello, seconds: 2 }]);
  expect(soak![0]!.windows).toHaveLength(2);
  for (const window of soak![0]!.windows) {
    expect(window.runs).toBeGreaterThan(0);
    expect(window.maxUs).toBeGreaterThanOrEqual(window.medianUs);
  }
  // Undone afterwards: /proc/self/status tells all CPUs again.
  const allowed = /Cpus_allowed_list:\s*(.*)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))![1];
  expect(cpuList(allowed!).length).toBe(os.cpus().length);
  await expect(benchModels({ models: [hello], pin: [4000] })).rejects.toThrow(/pin: the CPUs cannot be set/);
});

it('reads lists of CPUs as taskset does', () => {
  expect(cpuList('0,2-4,3')).toEqual([0, 2, 3, 4]);
  for (const wrong of ['', '3-1', 'all', '1,', '0-99999'])
    expect(() => cpuList(wrong)).toThrow(/expected CPUs/);
});

it('tells a contender that cannot be had, and measures without it', needing('data'), async () => {
  const messages: string[] = [];
  const { absent, results } = await benchModels({
    models: [hello],
    against: ['litert-noamx'],
    runs: 1,
    onProgress: (message) => messages.push(message),
  });
  const hasAmx = /\bamx_int8\b/.test(fs.readFileSync('/proc/cpuinfo', 'utf8'));
  expect(absent).toEqual(
    hasAmx ? [] : [{ engine: 'litert-noamx', reason: expect.stringContaining('has no AMX') }],
  );
  expect(results).toHaveLength(hasAmx ? 2 : 1);
  if (!hasAmx) expect(messages.join()).toContain('AMX refused) is absent');
});

it('tells a contender that no package index has', needing('data'), async () => {
  vi.stubEnv('XDG_CACHE_HOME', dir);
  vi.stubEnv('PIP_NO_INDEX', '1');
  vi.stubEnv('PIP_FIND_LINKS', '');
  try {
    const { absent, results } = await benchModels({ models: [hello], against: ['ort'], runs: 1 });
    expect(absent).toEqual([
      { engine: 'ort', reason: expect.stringMatching(/cannot be installed: .*onnxruntime/s) },
    ]);
    expect(results).toHaveLength(1);
  } finally {
    vi.unstubAllEnvs();
  }
});
