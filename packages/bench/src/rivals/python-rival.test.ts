import { expect, it } from 'vitest';
import { bytesOf, data, modelFile, needing, python } from '../../test/support.js';
import { PythonRival, rivalEngines } from './python-rival.js';

const real = needing({ 'real models': data, 'Python rivals': python });
const model = (name: string) => bytesOf(modelFile(name));

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

it('tells why a rival’s process ended, to the request under way and to later ones', real, async () => {
  const rival = await PythonRival.load('litert', model('tflm_hello_world_int8.tflite'), python!);
  const under = rival.time(Uint8Array.of(0), 100_000_000);
  await expect(rival.time(Uint8Array.of(0), 1)).rejects.toThrow(/answering another request/);
  rival.close();
  await expect(under).rejects.toThrow(/litert: its process ended with SIGTERM/);
  await expect(rival.peakRssBytes()).rejects.toThrow(/litert: its process ended with SIGTERM/);
});

it('survives an abort inside a rival', real, async () => {
  // LiteRT 2.3 aborts on, or refuses, this model of TensorFlow Lite Micro's (README.md of the data).
  const refused = PythonRival.load('litert', model('tflm_person_detect_int8.tflite'), python!);
  await expect(refused).rejects.toThrow(/^litert: ./);
});
