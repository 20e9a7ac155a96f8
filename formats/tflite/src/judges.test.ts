import path from 'node:path';
import { expect, it } from 'vitest';
import { readModel, writeModel } from './index.js';
import { hasData, judge, python, readBytes, realModels, skipWithout } from './test-support/judge.js';
import { smallModel, smallModelOutput } from './test-support/small-model.js';

// The judges are Google's own runtimes from PyPI: LiteRT and TensorFlow Lite Micro.

it(
  'a model built by hand runs in LiteRT and TensorFlow Lite Micro to the bytes that arithmetic says',
  skipWithout(python),
  () => {
    const bytes = writeModel(smallModel());
    const inputs = [
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
      [1, 2, 3, -4, 5, -6, 7, 8, -9],
      [-3, 1, 0, 2, -2, 4, 1, -1, 2],
    ].map((values) => Int8Array.from(values));
    const models = inputs.map((x) => ({ bytes, inputs: [new Uint8Array(x.buffer)] }));
    for (const engine of ['litert', 'litert-ref', 'tflm'] as const) {
      const outputs = judge(engine, models).map(
        ({ outputs, error }) => error ?? [...new Int8Array(Buffer.from(outputs![0]!, 'base64'))],
      );
      expect(outputs, engine).toEqual(inputs.map((x) => [...smallModelOutput(x)]));
    }
    const different = new Set(inputs.map((x) => smallModelOutput(x).join()));
    expect(different.size).toBe(3);
  },
);

// LiteRT refuses two models that TensorFlow Lite Micro runs, for their quantized_dimension; that one lacks uint8 and hybrid kernels.
const refused = {
  litert: ['tflm_keyword_scrambled_8bit', 'tflm_person_detect_int8'],
  tflm: [
    'coral_mobilenet_v1_0.25_128_u8',
    'mlperf_ad01_dynrange',
    'mlperf_kws01_float32',
    'silabs_micro_speech',
  ],
};

it.each(['litert', 'tflm'] as const)(
  'every real model that %s runs gives the same bytes when written again',
  skipWithout(hasData, python),
  (engine) => {
    // Its plain kernels need seconds for a large model: LiteRT runs those.
    const files = realModels.filter((file) => engine === 'litert' || readBytes(file).length < 1e6);
    const originals = files.map(readBytes);
    const rewritten = originals.map((bytes) => writeModel(readModel(bytes)));
    const answers = judge(
      engine,
      [...originals, ...rewritten].map((bytes) => ({ bytes })),
    );
    const [before, after] = [answers.slice(0, files.length), answers.slice(files.length)];
    const ran = files.filter((_, i) => before[i]!.error === undefined);
    const unable = files.filter((file) => !ran.includes(file));
    expect(unable.map((file) => path.basename(file, '.tflite'))).toEqual(refused[engine]);
    expect(ran.length).toBeGreaterThan(30);
    for (const file of ran) {
      const i = files.indexOf(file);
      expect(before[i]!.outputs!.join('').length, file).toBeGreaterThan(0);
      expect(after[i], file).toEqual(before[i]);
    }
  },
);
