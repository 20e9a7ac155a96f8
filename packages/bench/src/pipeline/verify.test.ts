import { compress } from '@weightfold/compressor';
import { bytesOf, modelFile, needing } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { verifyContainer } from './verify.js';

const real = needing('data');
const model = (name: string) => bytesOf(modelFile(`${name}.tflite`));

it('decodes with both decoders and compares with the original', real, () => {
  const tflite = model('mlperf_kws01_dscnn_int8');
  const wfz = compress(tflite, { level: 'fast' }).bytes;
  const result = verifyContainer(wfz, tflite);
  expect(result).toMatchObject({ ok: true, bytes: wfz.length, originalBytes: tflite.length, compared: true });
  expect(result.decodeMs).toBeGreaterThan(0);
  expect(verifyContainer(wfz).compared).toBe(false);
});

it('says at which byte the original is another file', real, () => {
  const tflite = model('tflm_hello_world_int8');
  const wfz = compress(tflite, { level: 'fast' }).bytes;
  const other = Uint8Array.from(tflite);
  other[1000]! ^= 0x20;
  expect(() => verifyContainer(wfz, other)).toThrow(/differ from byte 1000 on/);
  expect(() => verifyContainer(wfz, tflite.subarray(0, 900))).toThrow(/differ from byte 900 on/);
});

it('refuses a container with any of many bytes changed, a cut tail and bytes after its end', real, () => {
  const wfz = compress(model('tflm_hello_world_int8')).bytes;
  for (let at = 0; at < wfz.length; at += 7) {
    const bad = Uint8Array.from(wfz);
    bad[at]! ^= 0x11;
    expect(() => verifyContainer(bad), `byte ${at}`).toThrow();
  }
  expect(() => verifyContainer(wfz.subarray(0, -1))).toThrow();
  expect(() => verifyContainer(Buffer.concat([wfz, Buffer.from([0])]))).toThrow();
});
