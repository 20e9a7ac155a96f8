import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bytesOf, data, needing, readNpz } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { readNpy } from '../npy.js';
import { keywordMfcc, mfcc, mfccFrames } from './mfcc.js';
import { readWav } from './wav.js';

/** A wav of one format; channels have the same values. */
function wav(samples: number[], bits: number, tag = 1, channels = 1): Uint8Array {
  const width = bits / 8;
  const bytes = Buffer.alloc(44 + samples.length * width * channels);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(tag, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt16LE(width * channels, 32);
  bytes.writeUInt16LE(bits, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.length * width * channels, 40);
  samples.forEach((value, i) => {
    for (let channel = 0; channel < channels; channel++) {
      const at = 44 + (i * channels + channel) * width;
      if (tag === 3) bytes.writeFloatLE(value, at);
      else if (bits === 8) bytes.writeUInt8(Math.round(value * 128) + 128, at);
      else bytes.writeIntLE(Math.round(value * 2 ** (bits - 1)), at, width);
    }
  });
  return bytes;
}

it.each([
  [8, 1, 1],
  [16, 1, 1],
  [16, 1, 2],
  [24, 1, 1],
  [32, 1, 1],
  [32, 3, 2],
])('reads wav of %i bits, format %i, %i channels', (bits, tag, channels) => {
  const { sampleRate, samples } = readWav(wav([0, 0.5, -0.5, -1], bits, tag, channels));
  expect([sampleRate, [...samples]]).toEqual([8000, [0, 0.5, -0.5, -1]]);
});

it('refuses what is no wav, or cut, or of another format, and says where', () => {
  const good = wav([0.5], 16);
  expect(() => readWav(new Uint8Array(3))).toThrow(/byte 0: expected RIFF/);
  expect(() => readWav(good.subarray(0, 30), 'a.wav')).toThrow(
    /a.wav, byte 20: expected a fmt chunk|a data chunk/,
  );
  expect(() => readWav(good.subarray(0, 36))).toThrow(/expected a data chunk/);
  expect(() => readWav(wav([0], 16, 7))).toThrow(/format 7/);
});

// The features beside the recordings were made with TensorFlow's tf.signal (README.md of the data).
it('gives the features of the spoken digits', needing('data'), () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-fsdd-'));
  execFileSync('tar', ['-xzf', path.join(data, 'fsdd/fsdd-recordings.tar.gz'), '-C', folder], {
    timeout: 60_000,
  });
  const names = fs
    .readdirSync(path.join(folder, 'recordings'))
    .filter((name) => /_[0-4]\.wav$/.test(name)) // the test split
    .sort();
  const expected = readNpy(bytesOf(path.join(data, 'fsdd/fsdd_test_x_f32.npy')));
  const norm = readNpz(path.join(data, 'fsdd/fsdd_norm.npz'));
  const [mean, deviation] = ['mean', 'std'].map((key) => readNpy(norm[key]!).data as Float32Array);
  expect(names.length).toBe(expected.shape[0]);
  const size = mfccFrames(keywordMfcc) * keywordMfcc.coefficients;
  expect(size).toBe(490);
  let most = 0;
  names.forEach((name, i) => {
    const features = mfcc(readWav(bytesOf(path.join(folder, 'recordings', name)), name), keywordMfcc);
    features.forEach((value, k) => {
      const normal = (value - mean![k % 10]!) / deviation![k % 10]!;
      most = Math.max(most, Math.abs(normal - Number(expected.data[i * size + k])));
    });
  });
  expect(most).toBeLessThan(1e-4);
  fs.rmSync(folder, { recursive: true, force: true });
});

it('refuses another sample rate', () => {
  expect(() => mfcc({ sampleRate: 16000, samples: new Float32Array(9) }, keywordMfcc, 'a.wav')).toThrow(
    'a.wav: expected 8000 samples a second but received 16000',
  );
});
