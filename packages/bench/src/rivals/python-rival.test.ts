import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { rivalsPath } from './install.js';
import { PythonRival, rivalEngines } from './python-rival.js';

const data =
  process.env.WEIGHTFOLD_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
const python = rivalsPath();
const ready = python !== null && fs.existsSync(data);
if (!ready && !process.env.CI) console.warn(`skipped: rivals at ${python}, data in ${data}`);
const real = { skip: !ready && !process.env.CI };

const model = (name: string) => new Uint8Array(fs.readFileSync(path.join(data, 'models', name)));

it('runs one model in all rivals, which agree on a network without rounding differences', real, async () => {
  const bytes = model('tflm_hello_world_int8.tflite');
  const inputs = Uint8Array.from({ length: 50 }, (_, i) => i * 5);
  const outputs: Uint8Array[] = [];
  for (const engine of rivalEngines) {
    const rival = await PythonRival.load(engine, bytes, python!);
    outputs.push(await rival.invoke(inputs, inputs.length));
    expect((await rival.time(inputs.subarray(0, 1), 20)).length).toBe(20);
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

it('passes on why a rival refuses a model', real, async () => {
  await expect(PythonRival.load('litert', new Uint8Array(100), python!)).rejects.toThrow(/litert: .*/);
});
