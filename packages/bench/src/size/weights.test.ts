import { bytesOf, modelFile, needing, tfmotFile } from '@weightfold/test-support';
import { readModel } from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { ourWeightBytes, weightTensors } from './weights.js';

it('takes the weights of a model, around their zero point, each buffer once', needing('data'), () => {
  const file = bytesOf(modelFile('tflm_keyword_scrambled_8bit.tflite'));
  const tensors = weightTensors(file);
  const { buffers } = readModel(file);
  expect(tensors.length).toBeGreaterThan(3);
  expect(new Set(tensors.map(({ buffer }) => buffer)).size).toBe(tensors.length);
  for (const { buffer, bytes, rows, values } of tensors) {
    expect(bytes).toEqual(buffers[buffer]);
    expect(values.length).toBe(bytes.length);
    expect(values.length % rows).toBe(0);
  }
});

it('sums up our blocks of the same tensors', needing('data'), () => {
  const file = bytesOf(tfmotFile('dscnn_s_pcqat_int8.tflite'));
  const tensors = weightTensors(file);
  const raw = tensors.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const ours = ourWeightBytes(file, tensors, 'default');
  expect(raw).toBe(21_888);
  expect(ours).toBeLessThan(raw / 2);
  expect(ours).toBeGreaterThan(raw / 4);
});
