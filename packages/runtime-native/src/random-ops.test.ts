import { needing } from '@weightfold/test-support';
import { it } from 'vitest';
import { expectLikeJudge } from './test-support/judge.js';
import { arithmetic } from './test-support/random-ops/arithmetic.js';
import { images, litertImages } from './test-support/random-ops/images.js';
import { litertMovement, movement } from './test-support/random-ops/movement.js';
import { reductions } from './test-support/random-ops/reductions.js';
import { litertTables, tables } from './test-support/random-ops/tables.js';

// Every operator by itself, with random shapes, ranks, zero points, scales and parameters, against an outside judge, byte for byte.

const micro = { tables, arithmetic, movement, reductions, images };

it.each(Object.entries(micro))(
  '%s: gives the bytes of TensorFlow Lite Micro',
  needing('python'),
  (_, generators) => expectLikeJudge('tflm', generators, 25),
);

it(
  'gives the bytes of LiteRT’s reference kernels where TensorFlow Lite Micro lacks an operator, or part of it',
  needing('python'),
  () => expectLikeJudge('litert-ref', { ...litertTables, ...litertImages, ...litertMovement }, 25),
);
