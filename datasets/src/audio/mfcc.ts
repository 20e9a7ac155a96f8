import FFT from 'fft.js';
import { DatasetError } from '../errors.js';
import type { Sound } from './wav.js';

/** How features are made of sound. Lengths are in samples, frequencies in Hz. */
export interface MfccSettings {
  sampleRate: number;
  /** Shorter sounds are padded with zeros on both sides to this many samples, longer ones are cut at the end. */
  samples: number;
  window: number;
  hop: number;
  /** A power of two, at least the window. */
  fft: number;
  bands: number;
  lowest: number;
  highest: number;
  coefficients: number;
}

/** 49 frames of 10 coefficients from a second at 8 kHz: keyword spotting as in docs/formats/import.md. */
export const keywordMfcc: MfccSettings = {
  sampleRate: 8000,
  samples: 8000,
  window: 320,
  hop: 160,
  fft: 512,
  bands: 40,
  lowest: 20,
  highest: 4000,
  coefficients: 10,
};

/** Frames of a sound with these settings. */
export const mfccFrames = ({ samples, window, hop }: MfccSettings): number =>
  Math.floor((samples - window) / hop) + 1;

/**
 * Mel-frequency cepstral coefficients [frames, coefficients], row by row: periodic Hann window, magnitude spectrum, TensorFlow's
 * mel matrix (HTK's formula, no normalization), log(x + 1e-6), DCT-II times 1 / √(2 × bands), as tf.signal has them.
 * @throws DatasetError for a sound of another sample rate
 */
export function mfcc({ sampleRate, samples }: Sound, settings: MfccSettings, name = 'sound'): Float32Array {
  if (sampleRate !== settings.sampleRate) {
    throw new DatasetError(
      `${name}: expected ${settings.sampleRate} samples a second but received ${sampleRate}`,
      {
        where: name,
        expected: `${settings.sampleRate} Hz`,
        received: `${sampleRate} Hz`,
        hint: 'resample the recordings, for example with sox',
      },
    );
  }
  const { window, hop, fft, bands, coefficients } = settings;
  const padded = centred(samples, settings.samples);
  const transform = new FFT(fft);
  const [frame, spectrum] = [new Float64Array(fft), transform.createComplexArray() as number[]];
  const hann = Float64Array.from(
    { length: window },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / window),
  );
  const mel = melMatrix(settings);
  const frames = mfccFrames(settings);
  const result = new Float32Array(frames * coefficients);
  const log = new Float64Array(bands);
  for (let f = 0; f < frames; f++) {
    for (let i = 0; i < window; i++) frame[i] = padded[f * hop + i]! * hann[i]!;
    transform.realTransform(spectrum, frame);
    for (let band = 0; band < bands; band++) {
      let sum = 0;
      for (let bin = 0; bin <= fft / 2; bin++)
        sum += mel[band * (fft / 2 + 1) + bin]! * Math.hypot(spectrum[2 * bin]!, spectrum[2 * bin + 1]!);
      log[band] = Math.log(sum + 1e-6);
    }
    for (let k = 0; k < coefficients; k++) {
      let sum = 0;
      for (let band = 0; band < bands; band++)
        sum += log[band]! * Math.cos((Math.PI * k * (band + 0.5)) / bands);
      result[f * coefficients + k] = (2 * sum) / Math.sqrt(2 * bands);
    }
  }
  return result;
}

/** The beginning of a sound that is too long; zeros on both sides of one that is too short. */
function centred(samples: Float32Array, length: number): Float32Array {
  const result = new Float32Array(length);
  const offset = Math.max(0, Math.floor((length - samples.length) / 2));
  for (let i = 0; i < length; i++) result[i] = samples[i - offset] ?? 0;
  return result;
}

/** Weights [bands, fft / 2 + 1] of triangles that overlap by half, at equal distances in mel; bin 0 counts nowhere. */
function melMatrix({ sampleRate, fft, bands, lowest, highest }: MfccSettings): Float64Array {
  const toMel = (hertz: number) => 1127 * Math.log(1 + hertz / 700);
  const [low, high] = [toMel(lowest), toMel(highest)];
  const edge = (i: number) => low + ((high - low) * i) / (bands + 1);
  const bins = fft / 2 + 1;
  const matrix = new Float64Array(bands * bins);
  for (let band = 0; band < bands; band++) {
    const [lower, center, upper] = [edge(band), edge(band + 1), edge(band + 2)];
    for (let bin = 1; bin < bins; bin++) {
      const at = toMel((bin * sampleRate) / fft);
      const weight = Math.min((at - lower) / (center - lower), (upper - at) / (upper - center));
      matrix[band * bins + bin] = Math.max(0, weight);
    }
  }
  return matrix;
}
