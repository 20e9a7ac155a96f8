import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { gunzipIfNeeded, readIdx } from './idx.js';

/** Two images of 2×3, written by the format's description (http://yann.lecun.com/exdb/mnist). */
const good = Uint8Array.from([
  ...[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3],
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255],
]);

it('reads sizes and bytes, also from an archive and from within a larger buffer', () => {
  const shifted = Buffer.concat([Buffer.from([9]), good]).subarray(1);
  for (const bytes of [good, shifted, gunzipIfNeeded(gzipSync(good), 'a')]) {
    const { shape, data } = readIdx(bytes, 'a');
    expect(shape).toEqual([2, 2, 3]);
    expect([...data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255]);
  }
});

it('refuses what is no whole idx file of bytes, and says where', () => {
  const changed = (at: number, value: number) =>
    Uint8Array.from(good, (byte, i) => (i === at ? value : byte));
  expect(() => readIdx(changed(2, 0x0d), 'a')).toThrow(/a, byte 0: expected 000008 .* received 00000d03/);
  expect(() => readIdx(changed(3, 0), 'a')).toThrow(/and a rank/);
  expect(() => readIdx(changed(3, 200), 'a')).toThrow(/and a rank/);
  expect(() => readIdx(changed(4, 0xff), 'a')).toThrow(/expected \d+ bytes/);
  for (let length = 0; length < good.length; length++) {
    expect(() => readIdx(good.subarray(0, length), 'a')).toThrow(/a(, byte 0)?: expected/);
  }
  expect(() => readIdx(Buffer.concat([good, Buffer.from([0])]), 'a')).toThrow(/12 bytes .* received 13/);
});

it('names a damaged archive', () => {
  const archive = gzipSync(good);
  expect(() => gunzipIfNeeded(archive.subarray(0, archive.length - 9), 'labels.gz')).toThrow(
    /labels\.gz: damaged gzip archive/,
  );
});
