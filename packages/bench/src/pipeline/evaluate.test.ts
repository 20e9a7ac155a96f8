import path from 'node:path';
import { compress } from '@weightfold/compressor';
import { loadDataset, loadNpyPair, type Split } from '@weightfold/datasets';
import { bytesOf, data, needing, python, tfmotFile } from '@weightfold/test-support';
import { expect, it, vi } from 'vitest';
import { argMax, evaluateModel } from './evaluate.js';
import { type InputInfo, modelInputs } from './inputs.js';
import { disagreements, judge } from './judge.js';

const real = needing('data');
const judged = needing('data', 'python');

let loaded: Split | null = null;
async function fashionMnist(): Promise<Split> {
  vi.stubEnv('WEIGHTFOLD_DATA', data);
  loaded ??= (await loadDataset('fashion-mnist')).test;
  vi.unstubAllEnvs();
  return loaded;
}

// Accuracies that TFMOT's files have in LiteRT (figures of TFMOT 0.8.1 on the whole test sets).
it.each([
  ['mobilenet025_base_int8', 87.59],
  ['mobilenet025_pruned50_int8', 78.5],
  ['mobilenet025_clustered_int8', 86.71],
  ['mobilenet025_qat_int8', 87.13],
])('gives %s the accuracy that it has in LiteRT, %f', real, async (name, expected) => {
  const { accuracy, samples } = evaluateModel(tfmotFile(`${name}.tflite`), await fashionMnist());
  expect(samples).toBe(10000);
  expect(Math.abs(accuracy - expected)).toBeLessThanOrEqual(0.1 + 1e-9);
});

it('evaluates .npy pairs, and a .wfz as its .tflite', real, () => {
  const fsdd = (name: string) => path.join(data, 'fsdd', name);
  const split = loadNpyPair(fsdd('fsdd_test_x_f32.npy'), fsdd('fsdd_test_y.npy'));
  const tflite = bytesOf(tfmotFile('dscnn_s_pcqat_int8.tflite'));
  expect(evaluateModel(tflite, split).accuracy).toBeCloseTo(99.33, 2);
  expect(evaluateModel(compress(tflite, { level: 'fast' }).bytes, split)).toEqual(
    evaluateModel(tflite, split),
  );
  expect(evaluateModel(tflite, split, { limit: 7 }).samples).toBe(7);
});

it('refuses examples that do not fit, and none at all', real, () => {
  const split: Split = { count: 2, shape: [3], x: new Float32Array(6), xScale: 1, y: new Int32Array(2) };
  const model = tfmotFile('dscnn_s_base_int8.tflite');
  expect(() => evaluateModel(model, split)).toThrow(/input has shape \[1,49,10,1\], the examples \[3\]/);
  expect(() => evaluateModel(model, { ...split, count: 0 })).toThrow(/at least one example/);
});

it('agrees with LiteRT and TensorFlow Lite Micro', judged, async () => {
  const split = await fashionMnist();
  const first = { ...split, count: 1000 };
  const tflite = bytesOf(tfmotFile('mobilenet025_qat_int8.tflite'));
  const judgement = await judge(tflite, first, python!);
  expect(judgement).toMatchObject({ tflmEqual: 100, tflmCompared: 100 });
  expect(Math.abs(judgement.litertAccuracy! - judgement.singleAccuracy!)).toBeLessThanOrEqual(0.1 + 1e-9);
  expect(judgement.versions).toMatchObject({ 'ai-edge-litert': '2.3.0', numpy: '2.4.6' });
  expect(disagreements(judgement, first.count)).toEqual([]);
  const singleAccuracy = judgement.litertAccuracy! + 0.3;
  expect(disagreements({ ...judgement, singleAccuracy, tflmEqual: 99 }, first.count)).toEqual([
    expect.stringMatching(/expected at most 0.20 points/),
    expect.stringMatching(/99 of 100/),
  ]);
});

it('quantizes examples to nearest and clamps; keeps codes that are the model’s own', () => {
  const info: InputInfo = { name: 'x', shape: [1, 4], dtype: 'int8', scale: 0.5, zeroPoint: -10 };
  const split = (x: Split['x'], xScale = 1): Split => ({
    count: 1,
    shape: [4],
    x,
    xScale,
    y: new Int32Array(1),
  });
  // round(x / 0.5) − 10, clamped to [−128, 127]
  expect([...modelInputs(split(Float32Array.of(0, 1.3, -1000, 1000)), info, 1)]).toEqual([
    -10, -7, -128, 127,
  ]);
  expect([...modelInputs(split(Uint8Array.of(0, 1, 2, 255), 0.5), info, 1)]).toEqual([-10, -9, -8, 127]);
  expect([...modelInputs(split(Int8Array.of(1, 2, 3, -128)), info, 1)]).toEqual([1, 2, 3, -128]);
  const bytes = { ...info, dtype: 'uint8', zeroPoint: 128 };
  expect([...modelInputs(split(Float32Array.of(0, 1, -100, 100)), bytes, 1)]).toEqual([128, 130, 0, 255]);
  const reals = { ...info, dtype: 'float32' };
  expect([...modelInputs(split(Uint8Array.of(0, 1, 2, 3), 0.25), reals, 1)]).toEqual([0, 0.25, 0.5, 0.75]);
  expect(() => modelInputs(split(Float32Array.of(0, 1, 2, 3)), { ...info, dtype: 'int16' }, 1)).toThrow(
    /input x: expected float32, int8 or uint8 .* received int16/,
  );
});

it('takes the first of equal outputs', () => {
  expect([argMax([1, 3, 3, 2]), argMax([-5, -5]), argMax([0, 1])]).toEqual([1, 0, 1]);
});
