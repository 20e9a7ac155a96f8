import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { readNpy, writeNpy } from '@weightfold/datasets';
import { bytesOf, data, needing, readNpz } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { scratch } from '../../test/data.js';
import { tf } from '../tf.js';
import { type ImageRange, loadCalibrationSet } from './calibration-set.js';

const options = (imageRange: ImageRange = '0..1') => ({
  shape: [4, 4, 3],
  examples: 10,
  seed: 0,
  imageRange,
});

/** A folder of images of one colour each, one of them in a subfolder. */
async function images(): Promise<string> {
  const dir = scratch();
  fs.mkdirSync(path.join(dir, 'more'));
  for (const [name, value] of [
    ['black.png', 0],
    ['grey.jpg', 51],
    ['more/white.png', 255],
  ] as const) {
    const pixels = tf.fill([8, 6, 3], value, 'int32') as ReturnType<typeof tf.tensor3d>;
    const encode = name.endsWith('.png') ? tf.node.encodePng : tf.node.encodeJpeg;
    fs.writeFileSync(path.join(dir, name), await encode(pixels));
  }
  fs.writeFileSync(path.join(dir, 'labels.txt'), 'not an image');
  return dir;
}

it.each([
  ['0..1', [0, 0.2, 1]],
  ['-1..1', [-1, -0.6, 1]],
  ['0..255', [0, 51, 255]],
] as const)('reads a folder of images, resized to the input, in %s', async (range, values) => {
  const { count, shape, x } = await loadCalibrationSet(await images(), options(range));
  expect([count, shape, x.length]).toEqual([3, [4, 4, 3], 3 * 48]);
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
  const means = [0, 1, 2].map((i) => mean(x.subarray(48 * i, 48 * i + 48)));
  for (const [i, value] of means.sort((a, b) => a - b).entries()) expect(value).toBeCloseTo(values[i]!, 2);
});

it('reads no more images than it is asked for, and chooses the same by the same seed', async () => {
  const dir = await images();
  const choose = async (seed: number) =>
    (await loadCalibrationSet(dir, { ...options(), examples: 1, seed })).x[0];
  expect(await choose(1)).toBe(await choose(1));
  expect(new Set(await Promise.all([0, 1, 2, 3, 4, 5].map(choose))).size).toBeGreaterThan(1);
});

it('refuses folders without images, files that are none, and inputs that are no image', async () => {
  const dir = await images();
  await expect(loadCalibrationSet(scratch(), options())).rejects.toThrow(
    /expected images .* or recordings .* received none/,
  );
  await expect(loadCalibrationSet(dir, { ...options(), shape: [640] })).rejects.toThrow(
    /whose input is \[height, width, 1 or 3\] .* received \[640\]/,
  );
  fs.writeFileSync(path.join(dir, 'broken.png'), 'no PNG');
  await expect(loadCalibrationSet(dir, options())).rejects.toThrow(/broken.png: expected an image/);
});

it(
  'reads a folder of recordings as normalized features, those of the data set',
  needing('data'),
  async () => {
    const dir = scratch();
    execFileSync('tar', ['-xzf', path.join(data, 'fsdd/fsdd-recordings.tar.gz'), '-C', dir], {
      timeout: 60_000,
    });
    const some = path.join(dir, 'some');
    fs.mkdirSync(some);
    for (const name of ['0_george_0.wav', '5_lucas_1.wav'])
      fs.copyFileSync(path.join(dir, 'recordings', name), path.join(some, name));
    const norm = readNpz(path.join(data, 'fsdd/fsdd_norm.npz'));
    const both = ['mean', 'std'].flatMap((key) => [...(readNpy(norm[key]!).data as Float32Array)]);
    const featureNorm = path.join(dir, 'norm.npy');
    fs.writeFileSync(
      featureNorm,
      writeNpy({ dtype: 'float32', shape: [2, 10], data: Float32Array.from(both) }),
    );
    const set = await loadCalibrationSet(some, { ...options(), shape: [49, 10, 1], featureNorm });
    expect(set.count).toBe(2);
    // Recording 0 of digit 0 is the first of the test split; the features were made by TensorFlow.
    const expected = readNpy(bytesOf(path.join(data, 'fsdd/fsdd_test_x_f32.npy'))).data as Float32Array;
    const offs = [0, 490].map((start) =>
      Math.max(...expected.slice(0, 490).map((value, k) => Math.abs(value - Number(set.x[start + k])))),
    );
    expect(Math.min(...offs)).toBeLessThan(1e-4);
    await expect(loadCalibrationSet(some, options())).rejects.toThrow(/\[49,10,1\] for recordings/);
  },
);
