import { bytesOf, modelFile, needing, noise, tfmotFile } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { sizeClass } from './size-class.js';
import { classTable, geometricMean } from './summary.js';

it.each([
  ['dscnn_s_cqat_int8', 'clustered'],
  ['dscnn_s_cqat_fixed_int8', 'clustered, one palette'],
  ['mobilenet025_clustered_int8', 'clustered, one palette'],
  ['dscnn_s_pcqat_int8', 'sparse + clustered, small'],
  ['dscnn_s_sparse_clustered_int8', 'sparse + clustered, small'],
  ['dscnn_s_pqat_int8', 'pruned'],
  ['mobilenet025_pruned50_int8', 'pruned'],
  ['dscnn_s_qat_int8', 'plain, small'],
  ['mobilenet025_base_int8', 'plain, large'],
  ['dscnn_s_base_fp32', 'float and other'],
])('%s is %s, by its weights', needing('data'), (name, expected) => {
  expect(sizeClass(bytesOf(tfmotFile(`${name}.tflite`)))).toBe(expected);
});

it.each([
  ['mlperf_vww01_mbv1_int8', 'dead channels'],
  ['mlperf_ad01_int8', 'fully connected'],
  ['mlperf_ic01_resnet8_int8', 'plain, small'],
])('%s is %s', needing('data'), (name, expected) => {
  expect(sizeClass(bytesOf(modelFile(`${name}.tflite`)))).toBe(expected);
});

it('has a class for what is no model', () => {
  expect(sizeClass(noise(5000, 1))).toBe('float and other');
});

it('sums up a class by its geometric mean, and names the goals that it misses', () => {
  expect(geometricMean([0.5, 2])).toBeCloseTo(1);
  const lines = classTable([
    { class: 'pruned', ratios: { default: 0.9, max: 0.89 } },
    { class: 'pruned', ratios: { default: 0.9, max: 0.89 } },
    { class: 'plain, large', ratios: { default: 0.99 } },
  ]);
  expect(lines.slice(1)).toEqual([
    'pruned\t2\t–\t0.900\t0.890\t0.950\t0.882\tmax',
    'plain, large\t1\t–\t0.990\t–\t0.980\t–\tdefault',
  ]);
});
