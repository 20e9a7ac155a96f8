import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sha256Hex } from '@weightfold/base';
import { bytesOf, data, needing } from '@weightfold/test-support';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tarOf } from '../test/tar.js';
import { readCifar10 } from './cifar10.js';
import { cachedFolder, manifestOf } from './fetch.js';
import { loadDataset, loadManifest } from './load.js';
import type { DatasetFile, DatasetManifest } from './manifest.js';
import { readNpy } from './npy.js';
import { knownExamples } from './open.js';
import type { Split } from './types.js';

const temporary = () => fs.mkdtempSync(path.join(os.tmpdir(), 'wf-known-'));

beforeEach(() => {
  vi.stubEnv('WEIGHTFOLD_DATA', data);
  vi.stubEnv('XDG_CACHE_HOME', temporary());
});
afterEach(() => vi.unstubAllEnvs());

const bytesIn = (x: Split['x']) => new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
const sharedNpy = (name: string) => readNpy(bytesOf(path.join(data, 'fsdd', name)));

it(
  'makes the features of the spoken digits from the recordings, in the order and splits of TensorFlow’s',
  needing('data'),
  async () => {
    const messages: string[] = [];
    const load = () => loadDataset('fsdd', { onProgress: (message) => messages.push(message) });
    const digits = await load();
    expect(digits.train.shape).toEqual([49, 10, 1]);
    expect(knownExamples('fsdd')).toEqual({ shape: digits.train.shape, classes: digits.classes });
    for (const name of ['train', 'test'] as const) {
      expect([...digits[name].y]).toEqual(Array.from(sharedNpy(`fsdd_${name}_y.npy`).data, Number));
      const expected = sharedNpy(`fsdd_${name}_x_f32.npy`).data as Float32Array;
      let most = 0;
      digits[name].x.forEach((value, i) => {
        most = Math.max(most, Math.abs(value - expected[i]!));
      });
      expect(most).toBeLessThan(1e-4);
    }
    expect(messages).toEqual(['making keyword-8k features of fsdd']);
    const again = await load(); // as kept in the cache folder
    expect([again.features, messages.length]).toEqual([digits.features, 1]);
    for (const name of ['train', 'test'] as const)
      expect(sha256Hex(bytesIn(again[name].x))).toBe(sha256Hex(bytesIn(digits[name].x)));
  },
);

/** The first images of the data set as a data set of its own. */
function firstJpegs(count: number): DatasetManifest {
  const root = temporary();
  vi.stubEnv('WEIGHTFOLD_DATA', root);
  const manifest = manifestOf('cifar10-jpeg');
  const cut = (key: string, bytes: number): [string, DatasetFile] => {
    const { name } = manifest.files[key]!;
    const content = bytesOf(path.join(data, 'cifar10-jpeg', name)).subarray(0, bytes);
    fs.writeFileSync(path.join(root, name), content);
    return [key, { name, bytes, sha256: sha256Hex(content), of: 'file' }];
  };
  const files = ['train', 'test'].flatMap((split) => {
    const { name } = manifest.files[`${split}Lengths`]!;
    const lengths = fs.readFileSync(path.join(data, 'cifar10-jpeg', name));
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += lengths.readUInt16LE(2 * i);
    return [cut(`${split}Images`, bytes), cut(`${split}Lengths`, 2 * count)];
  });
  return { ...manifest, files: Object.fromEntries(files) };
}

it('decodes the JPEGs of CIFAR-10 once', needing('data'), async () => {
  const manifest = firstJpegs(1000);
  const messages: string[] = [];
  const load = () => loadManifest(manifest, { onProgress: (message) => messages.push(message) });
  const { train, test } = await load();
  expect([train.count, test.count, train.shape, train.xScale]).toEqual([1000, 1000, [32, 32, 3], 1 / 255]);
  expect([...test.y.subarray(8, 12)]).toEqual([8, 9, 0, 1]);
  // Means of CIFAR-10's channels, as everybody normalizes by them; JPEG and the choice of images hardly move them.
  const means = [0, 0, 0];
  train.x.forEach((value, i) => {
    means[i % 3]! += value / 255 / (train.x.length / 3);
  });
  [0.4914, 0.4822, 0.4465].forEach((mean, channel) => {
    expect(Math.abs(means[channel]! - mean)).toBeLessThan(0.02);
  });
  const again = await load();
  expect(Buffer.compare(again.test.x as Uint8Array, test.x as Uint8Array)).toBe(0);
  expect(messages).toEqual(['decoding the images of cifar10-jpeg']);
});

/** Batches as the page of CIFAR-10 describes them: label, red plane, green plane, blue plane; the labels count up. */
function batch(index: number): Buffer {
  const bytes = Buffer.alloc(10_000 * 3073);
  for (let i = 0; i < 10_000; i++) {
    bytes[i * 3073] = (i + index) % 10;
    for (let channel = 0; channel < 3; channel++)
      bytes.fill(10 * channel + index, i * 3073 + 1 + channel * 1024, i * 3073 + 1 + (channel + 1) * 1024);
    bytes[i * 3073 + 1 + 33] = 200 + index; // red at row 1, column 1
  }
  return bytes;
}

const batches = () =>
  Object.fromEntries(
    ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'].map(
      (name, i) => [`cifar-10-batches-bin/${name}.bin`, batch(i)],
    ),
  );

it('reads the binary batches of CIFAR-10 from the archive: planes become pixels', async () => {
  const archive = await tarOf({ 'cifar-10-batches-bin/readme.html': Buffer.from('x'), ...batches() });
  const { train, test } = await readCifar10(archive);
  expect([train.count, test.count, test.shape]).toEqual([50_000, 10_000, [32, 32, 3]]);
  expect([...test.y.subarray(0, 6)]).toEqual([5, 6, 7, 8, 9, 0]);
  const at = (33 + 1024 * 20_001) * 3; // the second image of the third batch
  expect([...train.x.subarray(at - 3, at + 3)]).toEqual([2, 12, 22, 202, 12, 22]);
  expect(train.y[20_001]).toBe(3);
});

it('refuses an archive without a batch, with a batch of another size, or cut', async () => {
  const name = 'cifar-10-batches-bin/test_batch.bin';
  const test = batch(5);
  await expect(readCifar10(await tarOf({ [name]: test }))).rejects.toThrow(
    /none named data_batch_1.bin, .*_5.bin$/,
  );
  const short = await tarOf({ [name]: test.subarray(1) });
  await expect(readCifar10(short)).rejects.toThrow(/test_batch.bin: expected 30730000 bytes .* 30729999/);
  test[3073] = 10;
  const labelled = await tarOf({ [name]: test });
  await expect(readCifar10(labelled)).rejects.toThrow(
    /byte 3073: expected a label from 0 to 9 but received 10/,
  );
  fs.truncateSync(short, 20_000);
  await expect(readCifar10(short)).rejects.toThrow(/damaged archive/);
});

it('says whether a data set’s files are there already', needing('data'), () => {
  const folderOf = (name: string) => cachedFolder(manifestOf(name));
  expect(folderOf('fsdd')).toBe(path.join(data, 'fsdd'));
  expect(folderOf('cifar10')).toBe(null);
  expect(cachedFolder(manifestOf('fsdd'), { dir: temporary() })).toBe(null);
});

it('tells how to have a data set that is nowhere to be downloaded', async () => {
  vi.stubEnv('WEIGHTFOLD_DATA', '');
  await expect(loadDataset('cifar10-jpeg')).rejects.toMatchObject({
    code: 'NO_DATA',
    hint: /train20k.jpgs.* into a folder and set WEIGHTFOLD_DATA to it/,
  });
});
