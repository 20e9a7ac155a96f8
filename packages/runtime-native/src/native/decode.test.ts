import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32c, openContainer } from '@weightfold/container';
import { expect, it } from 'vitest';
import { decodeContainer } from '../index.js';
import { addon } from './addon.js';

const vectors = fileURLToPath(new URL('../../../../formats/container/vectors/', import.meta.url));
const read = (name: string) => new Uint8Array(fs.readFileSync(`${vectors}${name}`));
const names = fs
  .readdirSync(vectors)
  .filter((name) => name.endsWith('.wfz'))
  .map((name) => name.slice(0, -4));

it.each(names)('%s: the same bytes with any number of threads, also into memory that is there', (name) => {
  const [wfz, original] = [read(`${name}.wfz`), read(`${name}.bin`)];
  for (const threads of [1, 2, 3, 64])
    expect(Buffer.compare(decodeContainer(wfz, { threads }).bytes, original)).toBe(0);
  const out = new Uint8Array(original.length);
  expect(decodeContainer(wfz, { out }).bytes).toBe(out);
  expect(Buffer.compare(out, original)).toBe(0);
});

const index = JSON.parse(fs.readFileSync(`${vectors}vectors.json`, 'utf8')) as {
  refused: { name: string; code: string; how: string }[];
};

it.each(index.refused)(
  'refuses $name by itself, with the code that the reference has: $how',
  ({ name, code }) => {
    // Not through decodeContainer of this package, which lets the reference explain a damaged header.
    const decode = () => addon().decodeContainer(read(`refused/${name}.wfz`), 2 ** 30, 1);
    expect(decode).toThrow(expect.objectContaining({ code }));
  },
);

function refusal(wfz: Uint8Array, threads: number): string | null {
  try {
    decodeContainer(wfz, { threads });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

it.each(names)('%s: the same refusal with any number of threads', (name) => {
  const wfz = read(`${name}.wfz`);
  const { headerLength } = openContainer(wfz);
  const codedBytes = wfz.length - 4 - headerLength;
  for (let n = 0; n < Math.min(20, codedBytes); n++) {
    const damaged = wfz.slice();
    // In two places, so that two blocks may be damaged at once; behind a file checksum that is right.
    for (const at of [Math.floor((codedBytes * n) / 20), codedBytes - 1 - n])
      damaged[headerLength + at]! ^= 1 << (n & 7);
    new DataView(damaged.buffer).setUint32(wfz.length - 4, crc32c(damaged.subarray(0, -4)), true);
    const expected = refusal(damaged, 1);
    for (const threads of [2, 5]) expect(refusal(damaged, threads)).toBe(expected);
  }
});

it('refuses numbers of threads and outputs that cannot be', () => {
  const wfz = read('products.wfz');
  for (const threads of [0, 65, 1.5, Number.NaN])
    expect(() => decodeContainer(wfz, { threads })).toThrow(/threads: expected 1 to 64 but received/);
  expect(() => decodeContainer(wfz, { out: new Uint8Array(3) })).toThrow(
    /expects an output of \d+ bytes but received 3/,
  );
});
