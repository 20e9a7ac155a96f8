import { profileModel } from '@weightfold/bench/profile';
import { Model } from '@weightfold/runtime-native';
import { bytesOf, modelFile, needing } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { profileTable } from './profile.js';

it('says what zeros gain, by the kernels that ran', needing('data'), () => {
  const model = Model.load(bytesOf(modelFile('mlperf_kws01_dscnn_int8.tflite')));
  const profile = profileModel(model);
  model.dispose();
  expect(profileTable(profile)).toContain('all ops run dense: zeros save size, not time');
  const ops = profile.ops.map((op, i) => (i === 4 ? { ...op, kernel: 'avx2-sparse' } : op));
  const products = ops.filter(({ macs }) => macs > 0).length;
  expect(ops[4]!.macs).toBeGreaterThan(0);
  expect(profileTable({ ...profile, ops })).toContain(
    `1 of ${products} ops with weights skip blocks of zeros;`,
  );
});
