import { expect, it } from 'vitest';
import { wav } from '../../test/wav.js';
import { featureSets } from './features.js';
import { keywordMfcc, mfcc } from './mfcc.js';
import { readWav } from './wav.js';

it.each([
  [8, 1, 1],
  [16, 1, 1],
  [16, 1, 2],
  [24, 1, 1],
  [32, 1, 1],
  [32, 3, 2],
])('reads wav of %i bits, format %i, %i channels', (bits, tag, channels) => {
  const { sampleRate, samples } = readWav(wav([0, 0.5, -0.5, -1], { bits, tag, channels }));
  expect([sampleRate, [...samples]]).toEqual([8000, [0, 0.5, -0.5, -1]]);
});

it('refuses what is no wav, or cut, or of another format, and says where', () => {
  const good = wav([0.5], { bits: 16 });
  expect(() => readWav(new Uint8Array(3))).toThrow(/byte 0: expected RIFF/);
  expect(() => readWav(good.subarray(0, 30), 'a.wav')).toThrow(
    /a.wav, byte 20: expected a fmt chunk|a data chunk/,
  );
  expect(() => readWav(good.subarray(0, 36))).toThrow(/expected a data chunk/);
  expect(() => readWav(wav([0], { bits: 16, tag: 7 }))).toThrow(/format 7/);
});

// That features equal TensorFlow's is tested on the recordings of ../known.test.ts.
it('pads and scales as MLPerf Tiny does', () => {
  const { settings } = featureSets['mlperf-tiny'];
  const samples = Float32Array.from({ length: 9000 }, (_, i) => Math.sin(i / 10) * Math.sin(i / 1000));
  const sound = (values: Float32Array) => ({ sampleRate: 16_000, samples: values });
  const whole = new Float32Array(16_000);
  whole.set(samples);
  const features = mfcc(sound(samples), settings);
  expect(features.length).toBe(490);
  expect([...mfcc(sound(whole), settings)]).toEqual([...features]);
  expect([...mfcc(sound(samples.map((value) => value / 4)), settings)]).toEqual([...features]);
  expect(mfcc(sound(new Float32Array(16_000)), settings).every(Number.isFinite)).toBe(true);
});

it('refuses another sample rate', () => {
  expect(() => mfcc({ sampleRate: 16000, samples: new Float32Array(9) }, keywordMfcc, 'a.wav')).toThrow(
    'a.wav: expected 8000 samples a second but received 16000',
  );
});
