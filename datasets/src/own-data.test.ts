import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { data, needing } from '@weightfold/test-support';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { wav } from '../test/wav.js';
import { fillBatch, openDataset, writeNpy } from './index.js';
import { readTar } from './tar.js';

const temporary = () => fs.mkdtempSync(path.join(os.tmpdir(), 'wf-own-'));

let cache: string;
beforeEach(() => {
  cache = temporary();
  vi.stubEnv('XDG_CACHE_HOME', cache);
});
afterEach(() => vi.unstubAllEnvs());

function put(file: string, content: Uint8Array | string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}

/** An image of one colour, transparent or not, in the format of its extension. */
async function image(
  file: string,
  colour: { r: number; g: number; b: number; alpha?: number },
): Promise<void> {
  const channels = colour.alpha === undefined ? 3 : 4;
  const create = { width: 12, height: 8, channels, background: { alpha: 1, ...colour } } as const;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  await sharp({ create }).toFile(file);
}

const red = { r: 255, g: 0, b: 0 };
const blue = { r: 0, g: 51, b: 255 };
const spec = (images: string) => ({ name: 'mine', images, shape: [4, 4, 3], testPart: 0.25 });

/** Four images of each of two colours. */
async function colours(): Promise<string> {
  const root = temporary();
  for (const i of [1, 2, 3, 4]) {
    await image(path.join(root, 'red', `${i}.png`), i === 1 ? { ...red, alpha: 0.5 } : red);
    await image(path.join(root, 'blue', 'more', `${i}.jpg`), blue);
  }
  put(path.join(root, 'red', 'notes.txt'), 'no image');
  return root;
}

it('reads a folder of images, one folder for each class, resized, and splits each class', async () => {
  const mine = await openDataset(spec(await colours()));
  expect([mine.name, mine.classNames, mine.train.count, mine.test.count]).toEqual([
    'mine',
    ['blue', 'red'],
    6,
    2,
  ]);
  expect([...mine.train.y, ...mine.test.y]).toEqual([0, 0, 0, 1, 1, 1, 0, 1]);
  expect([mine.train.shape, mine.train.xScale]).toEqual([[4, 4, 3], 1 / 255]);
  const pixel = (i: number) => [...fillBatch(mine.train, [i])].slice(0, 3);
  pixel(0).forEach((value, channel) => expect(value).toBeCloseTo([0, 0.2, 1][channel]!, 1)); // JPEG is lossy
  expect(pixel(3)).toEqual([1, 0, 0]);
});

it('gives the same split again, from what was decoded once, and another provenance for other files', async () => {
  const root = await colours();
  const first = await openDataset(spec(root));
  const kept = fs.readdirSync(path.join(cache, 'weightfold/datasets/own'));
  expect(await openDataset(spec(root))).toEqual(first);
  expect(fs.readdirSync(path.join(cache, 'weightfold/datasets/own'))).toEqual(kept);
  await image(path.join(root, 'red', '1.png'), blue);
  const changed = await openDataset(spec(root));
  expect(changed.provenance.files[0]!.sha256).not.toBe(first.provenance.files[0]!.sha256);
  expect(changed.train.x).not.toEqual(first.train.x);
});

it('makes grey images, and takes the splits that the folder has', async () => {
  const root = temporary();
  for (const split of ['train', 'test'])
    for (const name of ['a', 'b'])
      await image(path.join(root, split, name, 'x.png'), { r: 128, g: 128, b: 128 });
  await image(path.join(root, 'cover.png'), red); // beside the folders
  put(path.join(root, 'train', 'a', '._x.png'), 'what a desktop left');
  const grey = await openDataset({ ...spec(root), shape: [2, 2, 1] });
  expect([grey.train.count, grey.test.count, [...grey.train.x]]).toEqual([2, 2, Array(8).fill(128)]);
});

it('refuses folders without classes, files that are no images, and shapes that are none of an image', async () => {
  await expect(openDataset(spec('/nowhere'))).rejects.toThrow(
    /dataset.images: no such file or folder: \/nowhere/,
  );
  await expect(openDataset(spec(temporary()))).rejects.toThrow(/at least two classes: a folder for each/);
  const root = await colours();
  await expect(openDataset({ ...spec(root), shape: [4, 4, 2] })).rejects.toThrow(
    /\[height, width, 1 or 3\].*\[4,4,2\]/,
  );
  put(path.join(root, 'red', '2.png'), 'no PNG');
  await expect(openDataset(spec(root))).rejects.toThrow(/red.2.png: expected an image but received a file/);
  const single = temporary();
  await image(path.join(single, 'a', '1.png'), red);
  await image(path.join(single, 'b', '1.png'), red);
  await expect(openDataset(spec(single))).rejects.toThrow(/class a to train with but received none of 1/);
});

/** Real recordings of two digits, a folder for each. */
async function digits(): Promise<string> {
  const root = temporary();
  const member = /\/([07])_(theo|lucas)_([0-9])\.wav$/;
  await readTar(
    path.join(data, 'fsdd/fsdd-recordings.tar.gz'),
    (name) => member.test(name),
    (name, content) => {
      const [, digit, speaker, index] = member.exec(name)!;
      put(path.join(root, digit!, `${speaker}_${index}.wav`), content);
    },
  );
  return root;
}

it('reads a folder of recordings as normalized features', needing('data'), async () => {
  const mine = { name: 'mine', recordings: await digits(), features: 'keyword-8k', testPart: 0.2 } as const;
  const { classNames, train, test, features } = await openDataset(mine);
  expect([classNames, train.count, test.count, train.shape]).toEqual([['0', '7'], 32, 8, [49, 10, 1]]);
  expect(features!.name).toBe('keyword-8k');
  for (let k = 0; k < 10; k++) {
    const column = [...train.x].filter((_, i) => i % 10 === k);
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
    const square = column.reduce((sum, value) => sum + value ** 2, 0) / column.length;
    expect([Math.abs(mean) < 1e-4, Math.abs(square - 1) < 1e-3]).toEqual([true, true]);
  }
  await expect(openDataset({ ...mine, features: 'mlperf-tiny' })).rejects.toThrow(
    /expected 16000 samples a second/,
  );
});

it('takes recordings and splits from a list, and names a line that is wrong', async () => {
  const root = temporary();
  const list = path.join(root, 'list.csv');
  for (const name of ['a', 'b', 'c', 'd'])
    put(path.join(root, 'sounds', `${name}.wav`), wav([0.1, -0.5, 0.3], { bits: 16 }));
  const lines = [
    'file,label,split',
    'sounds/a.wav,on,train',
    'sounds/b.wav,off,train',
    'sounds/c.wav,on,test',
  ];
  put(list, [...lines, 'sounds/d.wav,off,test', ''].join('\n'));
  const mine = { name: 'mine', recordings: list, features: 'keyword-8k', testPart: 0.1 } as const;
  const { classNames, train, test } = await openDataset(mine);
  expect([classNames, [...train.y], [...test.y]]).toEqual([
    ['off', 'on'],
    [1, 0],
    [1, 0],
  ]);
  put(list, [...lines, 'sounds/d.wav,off'].join('\n'));
  await expect(openDataset(mine)).rejects.toThrow(/list.csv, line 5: expected file,label,split/);
  put(list, [...lines, 'sounds/e.wav,off,test'].join('\n'));
  await expect(openDataset(mine)).rejects.toThrow(
    /list.csv, line 5: expected a file .*e.wav but received noth/,
  );
  put(list, 'path,class\n');
  await expect(openDataset(mine)).rejects.toThrow(/line 1: expected the columns file,label/);
});

it('has another provenance when the same files have other classes', async () => {
  const root = temporary();
  const hash = async (classOfB: string) => {
    const entries = [
      ['a', 'off', 'train'],
      ['b', classOfB, 'train'],
      ['c', 'on', 'train'],
      ['d', 'off', 'test'],
      ['e', 'on', 'test'],
    ];
    for (const [name] of entries)
      put(path.join(root, `${name}.wav`), wav([0.1, name!.charCodeAt(0) / 200], { bits: 16 }));
    put(
      path.join(root, 'list.csv'),
      ['file,label,split', ...entries.map(([name, ...rest]) => [`${name}.wav`, ...rest].join())].join('\n'),
    );
    const mine = {
      name: 'mine',
      recordings: path.join(root, 'list.csv'),
      features: 'keyword-8k',
      testPart: 0.1,
    } as const;
    return (await openDataset(mine)).provenance.files[0]!.sha256;
  };
  expect(await hash('on')).not.toBe(await hash('off'));
  expect(await hash('on')).toBe(await hash('on'));
});

it('loads pairs of .npy files, and refuses labels that are no classes and examples without a shape', async () => {
  const root = temporary();
  const file = (name: string) => path.join(root, name);
  put(file('x.npy'), writeNpy({ dtype: 'uint8', shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) }));
  put(file('y.npy'), writeNpy({ dtype: 'int32', shape: [2], data: Int32Array.of(4, 0) }));
  const pair = { x: file('x.npy'), y: file('y.npy') };
  const pairs = { name: 'mine', train: pair, test: pair };
  const { classes, train, provenance } = await openDataset(pairs);
  expect([classes, train.count, train.shape, train.xScale, provenance.files.length]).toEqual([
    5,
    2,
    [3],
    1,
    4,
  ]);
  put(file('y.npy'), writeNpy({ dtype: 'int32', shape: [2], data: Int32Array.of(4, -1) }));
  await expect(openDataset(pairs)).rejects.toThrow(
    /y.npy, example 1: expected a class from 0 to 65535 but received -1/,
  );
  for (const label of [2n ** 32n, 2n ** 31n - 1n, 65536n]) {
    put(file('y.npy'), writeNpy({ dtype: 'int64', shape: [2], data: BigInt64Array.of(0n, label) }));
    await expect(openDataset(pairs)).rejects.toThrow(`to 65535 but received ${label}`);
  }
  put(file('x.npy'), writeNpy({ dtype: 'uint8', shape: [2], data: Uint8Array.of(1, 2) }));
  await expect(openDataset(pairs)).rejects.toThrow(/examples of shape \[n, ...\] but received shape \[2\]/);
});
