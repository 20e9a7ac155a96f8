import { needing } from '@weightfold/test-support';
import { it } from 'vitest';
import { expectLike } from './test-support/one-layer.js';
import { int16Layers } from './test-support/random-layers/int16.js';

it('random operators of int16 give the bytes of TensorFlow Lite Micro', needing('python'), () =>
  expectLike('tflm', int16Layers, 25),
);
