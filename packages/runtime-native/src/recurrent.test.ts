import { needing } from '@weightfold/test-support';
import { it } from 'vitest';
import { expectLike } from './test-support/one-layer.js';
import { recurrentLayers } from './test-support/random-layers/recurrent.js';

it('SVDF and LSTM give the bytes of TensorFlow Lite Micro, step by step', needing('python'), () =>
  expectLike('tflm', recurrentLayers, 40),
);
