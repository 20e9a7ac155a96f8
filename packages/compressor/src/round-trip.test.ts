import fs from 'node:fs';
import path from 'node:path';
import { data, needing, noise } from '@weightfold/test-support';
import { describe, expect, it } from 'vitest';
import { compress } from './compress.js';
import { decompress } from './decompress.js';
import { levels } from './schemes/scheme.js';
import { targets } from './targets.js';

/** How much larger than its input a container may be. */
const mostGrowth = 64;
/** CPU that packing 64 MB may take, with decoding to be sure; so slow a machine that this fails is not one for CI. */
const mostSeconds = 20;

const haveData = !needing('data').skip;
/** Arrays, weights, archives, pictures: whatever lies beside the models. */
const otherFiles = haveData
  ? fs
      .readdirSync(data, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.endsWith('.tflite') && fs.statSync(path.join(data, name)).isFile())
      .sort()
  : [];

function expectRoundTrip(original: Uint8Array, options: Parameters<typeof compress>[1] = {}): number {
  const { bytes } = compress(original, options);
  expect(bytes.length).toBeLessThanOrEqual(original.length + mostGrowth);
  expect(Buffer.compare(decompress(bytes), original)).toBe(0);
  return bytes.length;
}

describe.runIf(haveData)('files that are no models come back byte for byte', () => {
  it.each(otherFiles)('%s', (name) => {
    expectRoundTrip(fs.readFileSync(path.join(data, name)));
  });
});

describe.each(levels.flatMap((level) => Object.keys(targets).map((target) => [level, target] as const)))(
  'at level %s for %s',
  (level, target) => {
    const options = { level, target: target as keyof typeof targets };

    it.each([0, 1, 2, 255, 256, 1000])('%i bytes of noise, of zeros, of one value', (length) => {
      expectRoundTrip(noise(length, length + 1), options);
      expectRoundTrip(new Uint8Array(length), options);
      expectRoundTrip(new Uint8Array(length).fill(200), options);
    });

    it.runIf(haveData)('a model that is cut, and one with bytes behind it', () => {
      const model = fs.readFileSync(path.join(data, 'models/tflm_hello_world_int8.tflite'));
      for (const length of [8, 100, 1000, model.length - 1]) {
        expectRoundTrip(model.subarray(0, length), options);
      }
      expectRoundTrip(Buffer.concat([model, noise(300, 3)]), options);
    });
  },
);

it.each([
  ['zeros', (length: number) => new Uint8Array(length)],
  ['noise', (length: number) => noise(length, 1)],
])('64 MB of %s in bounded time', (_, make) => {
  const original = make(2 ** 26);
  const before = process.cpuUsage();
  expectRoundTrip(original);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(mostSeconds);
});
