import fs from 'node:fs';
import path from 'node:path';
import { data, needing } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { compress } from '../compress.js';

// What they were without prediction: 171481, 15171, 9912.
it.each([
  ['mlperf_ad01_int8', 146_500, 2],
  ['silabs_micro_speech', 14_150, 2],
  ['tflm_mnist_lstm_int8', 9440, 5],
])(
  '%s: at most %i bytes at level default, with %i predicted tensors',
  needing('data'),
  (name, most, count) => {
    const { bytes, report } = compress(fs.readFileSync(path.join(data, `models/${name}.tflite`)));
    expect(bytes.length).toBeLessThanOrEqual(most);
    expect(report.tensors.filter(({ codec }) => codec === 'prediction')).toHaveLength(count);
  },
);
