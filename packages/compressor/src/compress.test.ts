import fs from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { ContainerError } from '@weightfold/container';
import { data, needing, realModels } from '@weightfold/test-support';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compress } from './compress.js';
import { decompress } from './decompress.js';
import { zipBytes } from './zip.js';

const files = realModels.map((file) => path.join(data, file));
const haveData = !needing('data').skip;
/** Larger files are packed at level fast, so that the test takes seconds. */
const large = 100_000;

it('has the models to test with', needing('data'), () => expect(files.length).toBeGreaterThanOrEqual(40));

function brotli(data: Uint8Array): number {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return brotliCompressSync(data, { params }).length;
}

describe.runIf(haveData)(
  'every model comes back byte for byte, and TFMOT’s are smaller than with brotli -11',
  () => {
    it.each(files.map((file) => [path.basename(file), file]))('%s', (_, file) => {
      const original = fs.readFileSync(file!);
      const ours = file!.includes('tfmot');
      const level = original.length > large && !ours ? 'fast' : 'default';
      const { bytes, report } = compress(original, { level });
      expect(report.unparsed).toBeNull();
      expect(report.outputBytes).toBe(bytes.length);
      expect(report.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0)).toBe(original.length);
      expect(Buffer.compare(decompress(bytes), original)).toBe(0);
      if (level === 'fast') expect(bytes.length).toBeLessThan(original.length);
      else expect(bytes.length).toBeLessThan(ours ? brotli(original) : zipBytes(original));
    });
  },
);

it.runIf(haveData)('level max is never larger than default, and gives the same original', () => {
  const original = fs.readFileSync(files.find((file) => file.endsWith('dscnn_s_pcqat_fixed_int8.tflite'))!);
  const best = compress(original, { level: 'max' }).bytes;
  expect(best.length).toBeLessThanOrEqual(compress(original).bytes.length);
  expect(Buffer.compare(decompress(best), original)).toBe(0);
});

it.runIf(haveData)('gives the same bytes for the same input, also when it is a view', () => {
  const original = fs.readFileSync(files.find((file) => file.endsWith('dscnn_s_pqat_int8.tflite'))!);
  const shifted = new Uint8Array(original.length + 3);
  shifted.set(original, 3);
  const before = Buffer.from(original);
  expect(Buffer.compare(compress(original).bytes, compress(shifted.subarray(3)).bytes)).toBe(0);
  expect(Buffer.compare(original, before)).toBe(0);
});

it.runIf(haveData)('refuses seeded mutations of a real container', () => {
  const original = fs.readFileSync(files.find((file) => file.endsWith('dscnn_s_pcqat_fixed_int8.tflite'))!);
  const { bytes } = compress(original);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = new Uint8Array(bytes);
      damaged[at]! ^= change;
      expect(() => decompress(damaged)).toThrow(ContainerError);
    }),
    { numRuns: 300, seed: 5 },
  );
});

it('packs any bytes, says that they are no model, and grows them by at most 64 bytes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 3000 }),
      fc.constantFrom('fast', 'default', 'max'),
      (data, level) => {
        const { bytes, report } = compress(data, { level });
        expect(report.unparsed).toContain('.tflite');
        expect(bytes.length).toBeLessThanOrEqual(data.length + 64);
        expect(Buffer.compare(decompress(bytes), data)).toBe(0);
      },
    ),
    { numRuns: 60, seed: 9 },
  );
});

it('grows a large incompressible file by at most 64 bytes', () => {
  let state = 1;
  const noise = Uint8Array.from({ length: 3_000_000 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
    return state >>> 24;
  });
  const { bytes } = compress(noise);
  expect(bytes.length).toBeLessThanOrEqual(noise.length + 64);
  expect(Buffer.compare(decompress(bytes), noise)).toBe(0);
});

it('names an unknown level', () => {
  expect(() => compress(new Uint8Array(1), { level: 'best' as 'max' })).toThrow(
    'expected fast, default, max but received best',
  );
});

it('says what it wants when it gets a path instead of bytes', () => {
  const path = 'model.tflite' as unknown as Uint8Array;
  expect(() => compress(path)).toThrow('compress: expected a Uint8Array but received string');
  expect(() => decompress(path)).toThrow(
    expect.objectContaining({ hint: expect.stringMatching('readFileSync') }),
  );
});
