import fs from 'node:fs';
import path from 'node:path';
import { codecs, openContainer } from '@weightfold/container';
import { data, needing, realModels } from '@weightfold/test-support';
import { describe, expect, it } from 'vitest';
import { compress } from './compress.js';
import { decompress } from './decompress.js';
import { targets } from './targets.js';

const codecById = Object.fromEntries(codecs.map(({ id, name }) => [id, name]));

describe.runIf(!needing('data').skip)(
  'target mcu: no decoder table above 4 KiB, in any block or in the header',
  () => {
    it.each(realModels)('%s', (file) => {
      const original = fs.readFileSync(path.join(data, file));
      const { bytes, report } = compress(original, { target: 'mcu' });
      const container = openContainer(bytes);
      expect(container.headerTableBytes).toBeLessThanOrEqual(targets.mcu);
      container.blocks.forEach(({ codec }, index) => {
        expect(container.blockTableBytes(index), codecById[codec]).toBeLessThanOrEqual(targets.mcu);
      });
      expect(report).toMatchObject({ target: 'mcu', tableBytes: container.tableBytes() });
      expect(bytes.length).toBeLessThan(0.97 * original.length);
      expect(Buffer.compare(decompress(bytes), original)).toBe(0);
    });
  },
);

it('tells what the tables of any other file take', () => {
  let state = 88172645; // xorshift32, Marsaglia 2003
  const twoValues = Uint8Array.from({ length: 5000 }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 8) % 3 === 0 ? 7 : 9;
  });
  const { report } = compress(twoValues, { level: 'fast' });
  expect(report.tensors[0]!.codec).toBe('rans');
  expect(report.tableBytes).toBeGreaterThanOrEqual(4096 + 1024); // a table of 12 bits
  expect(compress(twoValues, { target: 'mcu' }).report.tableBytes).toBeLessThanOrEqual(4096);
});

it('names an unknown target', () => {
  expect(() => compress(new Uint8Array(1), { target: 'gpu' as 'mcu' })).toThrow(
    'target: expected any, mcu but received gpu',
  );
});
