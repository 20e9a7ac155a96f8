import fs from 'node:fs';
import { needing } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { expectLikeJudge, type Generators, ourDigests } from './test-support/judge.js';
import { litert, micro, microByKind } from './test-support/random-ops/index.js';

// Every operator by itself, with random shapes, ranks, zero points, scales and parameters, against an outside judge, byte for byte.
// What the judges answered is kept as SHA-256, for machines without them. WEIGHTFOLD_GOLDEN=write records it anew.

const goldenFile = new URL('./test-support/random-ops/golden.json', import.meta.url);
const golden = JSON.parse(fs.readFileSync(goldenFile, 'utf8')) as { sha256: Record<string, string> };
const count = 12;

async function judged(judge: 'tflm' | 'litert-ref', generators: Generators): Promise<void> {
  const theirs = await expectLikeJudge(judge, generators, count);
  if (process.env.WEIGHTFOLD_GOLDEN === 'write') {
    Object.assign(golden.sha256, theirs);
    fs.writeFileSync(goldenFile, `${JSON.stringify(golden, null, 2)}\n`);
  }
  expect(golden.sha256).toMatchObject(theirs);
}

it.each(Object.entries(microByKind))(
  '%s: gives the bytes of TensorFlow Lite Micro',
  needing('python'),
  (_, generators) => judged('tflm', generators),
);

it(
  'gives the bytes of LiteRT’s reference kernels where TensorFlow Lite Micro lacks an operator, or part of it',
  needing('python'),
  () => judged('litert-ref', litert),
);

it('gives what the judges answered when it was recorded', () => {
  expect(ourDigests({ ...micro, ...litert }, count)).toEqual(golden.sha256);
});
