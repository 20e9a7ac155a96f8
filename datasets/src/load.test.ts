import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { fillBatch, loadDataset, loadNpyPair, takeExamples, writeNpy } from './index.js';

const temporary = () => fs.mkdtempSync(path.join(os.tmpdir(), 'wf-data-'));

afterEach(() => vi.unstubAllEnvs());

it('loads Fashion-MNIST from an empty cache, then from the cache', async () => {
  vi.stubEnv('WEIGHTFOLD_DATA', '');
  const dir = temporary();
  const messages: string[] = [];
  const onProgress = (message: string) => messages.push(message);
  const dataset = await loadDataset('fashion-mnist', { dir, onProgress });
  expect(messages[0]).toMatch(/^downloading http/);
  expect([dataset.train.count, dataset.test.count, dataset.classes]).toEqual([60000, 10000, 10]);
  expect(dataset.train.shape).toEqual([28, 28, 1]);
  // Published: 6,000 training and 1,000 test images of each class (https://github.com/zalandoresearch/fashion-mnist).
  const perClass = new Array(10).fill(0);
  for (const label of dataset.test.y) perClass[label]++;
  expect(perClass).toEqual(new Array(10).fill(1000));

  messages.length = 0;
  const again = await loadDataset('fashion-mnist', { dir, onProgress });
  expect(Buffer.compare(again.test.x as Uint8Array, dataset.test.x as Uint8Array)).toBe(0);
  expect(messages).toEqual([]);
});

it('names the known data sets when it does not know one', async () => {
  await expect(loadDataset('fashion')).rejects.toThrow(/fashion-mnist.*but received fashion/);
});

it('loads .npy pairs, and refuses a pair that does not fit', () => {
  const dir = temporary();
  const x = path.join(dir, 'x.npy');
  const y = path.join(dir, 'y.npy');
  fs.writeFileSync(
    x,
    writeNpy({ dtype: 'float32', shape: [2, 3], data: Float32Array.from([1, 2, 3, 4, 5, 6]) }),
  );
  fs.writeFileSync(y, writeNpy({ dtype: 'int64', shape: [2], data: BigInt64Array.from([7n, 1n]) }));
  const split = loadNpyPair(x, y);
  expect([...split.y]).toEqual([7, 1]);
  expect([...fillBatch(split, [1, 0])]).toEqual([4, 5, 6, 1, 2, 3]);
  expect(takeExamples(split, 1).x.length).toBe(3);
  fs.writeFileSync(y, writeNpy({ dtype: 'int64', shape: [3], data: new BigInt64Array(3) }));
  expect(() => loadNpyPair(x, y)).toThrow(/as many labels as examples \(2\) but received 3/);
});
