import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { rivalsPath } from './install.js';
import { PythonRival, rivalEngines } from './python-rival.js';
import { rivalOutputs } from './rival-outputs.js';

// Not from @weightfold/test-support: it builds on this package.
const data = process.env.WEIGHTFOLD_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
const python = rivalsPath();
const real = { skip: !(python && fs.existsSync(data)) && !process.env.CI };
const options = { pythonPath: python! };
const model = (name: string) => new Uint8Array(fs.readFileSync(path.join(data, 'models', name)));

it('runs one model in all rivals, which agree on a network without rounding differences', real, async () => {
  const bytes = model('tflm_hello_world_int8.tflite');
  const inputs = Uint8Array.from({ length: 50 }, (_, i) => i * 5);
  const outputs: Uint8Array[] = [];
  for (const engine of rivalEngines) {
    const rival = PythonRival.start(engine, options);
    const { inputs: described, versions } = await rival.load(bytes);
    expect(described).toEqual([{ shape: [1, 1], dtype: 'int8', bytes: 1 }]);
    expect(versions.numpy).toMatch(/^\d/);
    outputs.push(await rival.invoke(inputs, inputs.length));
    expect((await rival.time(inputs.subarray(0, 1), 20)).length).toBe(20);
    expect((await rival.timeLoads(3)).map(({ ms, cpuMs }) => ms > 0 && cpuMs > 0)).toEqual([
      true,
      true,
      true,
    ]);
    expect(await rival.peakRssBytes()).toBeGreaterThan(1e7);
    rival.close();
  }
  expect(outputs.map((o) => o.length)).toEqual([50, 50, 50]);
  expect(new Set(outputs[2]).size).toBeGreaterThan(10); // a sine, not a constant
  // One step apart at most: LiteRT's fully connected layers round once, TensorFlow Lite Micro's twice.
  const apart = outputs[0]!.map((value, i) =>
    Math.abs(((value << 24) >> 24) - ((outputs[2]![i]! << 24) >> 24)),
  );
  expect(Math.max(...apart)).toBeLessThanOrEqual(2);
});

it('runs XNNPACK with AMX refused, and gives the same outputs', real, async () => {
  const outputs: Uint8Array[] = [];
  for (const engine of ['litert', 'litert-noamx'] as const) {
    const rival = PythonRival.start(engine, options);
    await rival.load(model('mlperf_kws01_dscnn_int8.tflite'));
    outputs.push(await rival.invoke(new Uint8Array(490).fill(3), 1));
    rival.close();
  }
  expect(outputs[1]).toEqual(outputs[0]);
});

const onX86 = { skip: real.skip || process.arch !== 'x64' };
it('answers a request for the tiles of AMX with EPERM once they are refused', onX86, () => {
  const code = 'import refuse_amx as r; r.refuse_amx(); print(r.xcomp_permission_errno())';
  const cwd = fileURLToPath(new URL('../python', import.meta.url));
  const { stdout } = spawnSync('python3', ['-c', code], { cwd, encoding: 'utf8', timeout: 60_000 });
  expect(stdout.trim()).toBe('1');
});

it('passes on why a rival refuses a model', real, async () => {
  const rival = PythonRival.start('litert', options);
  await expect(rival.load(new Uint8Array(100))).rejects.toThrow(/litert: .*/);
  rival.close();
});

it('tells why a rival’s process ended, to the request under way and to later ones', real, async () => {
  const rival = PythonRival.start('litert', options);
  await rival.load(model('tflm_hello_world_int8.tflite'));
  const under = rival.time(Uint8Array.of(0), 100_000_000);
  await expect(rival.time(Uint8Array.of(0), 1)).rejects.toThrow(/answering another request/);
  rival.close();
  await expect(under).rejects.toThrow(/litert: its process ended with SIGTERM/);
  await expect(rival.peakRssBytes()).rejects.toThrow(/litert: its process ended with SIGTERM/);
});

it('ends a rival that does not answer in time, and says so', real, async () => {
  const rival = PythonRival.start('litert', { ...options, limitSeconds: 3 });
  await rival.load(model('tflm_hello_world_int8.tflite'));
  const late = rival.time(Uint8Array.of(0), 1_000_000_000);
  await expect(late).rejects.toThrow("litert: it did not answer 'time' within 3 s");
  await expect(rival.peakRssBytes()).rejects.toThrow(/did not answer/);
});

it('has answers for the models beside one that makes the rival abort', real, async () => {
  // LiteRT 2.3 aborts on, or refuses, the second: TensorFlow Lite Micro's model with another quantized_dimension.
  const names = ['tflm_hello_world_int8', 'tflm_person_detect_int8', 'tflm_hello_world_int8'];
  const cases = names.map((name) => ({
    model: model(`${name}.tflite`),
    examples: Uint8Array.of(7, 8, 9),
  }));
  const [before, aborted, after] = await rivalOutputs('litert', cases, options);
  expect(aborted!.error).toMatch(/^litert: ./);
  expect(before!.outputs?.length).toBe(3);
  expect(after).toEqual(before);
});
