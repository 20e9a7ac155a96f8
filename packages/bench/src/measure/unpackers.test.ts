import { compress } from '@weightfold/compressor';
import { bytesOf, modelFile, needing } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { brotliUnpacker, hashTimer, nativeUnpacker, referenceUnpacker } from './unpackers.js';

it('times every way of unpacking as often as asked', needing('data'), async () => {
  const original = bytesOf(modelFile('tflm_hello_world_int8.tflite'));
  const { bytes: wfz } = compress(original, { level: 'fast' });
  const unpackers = [
    nativeUnpacker('fast', wfz, original),
    nativeUnpacker('fast, 2 threads', wfz, original, 2),
    referenceUnpacker('fast, TypeScript', wfz),
    hashTimer(wfz, original),
    brotliUnpacker(original),
  ];
  for (const { name, time } of unpackers) {
    const samples = await time(3);
    expect(samples.length, name).toBe(3);
    for (const ns of samples) expect(ns, name).toBeGreaterThan(0);
  }
});
