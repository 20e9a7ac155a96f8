import FFT from 'fft.js';
import { DatasetError } from '../errors.js';
import type { Sound } from './wav.js';

/** How features are made of sound. Lengths are in samples, frequencies in Hz. */
export interface MfccSettings {
  sampleRate: number;
  /** Longer sounds are cut at the end to this many samples, shorter ones are padded with zeros. */
  samples: number;
  /** Where zeros go: on both sides, or behind. */
  padding: 'centre' | 'end';
  /** Whether a sound is first divided by its largest sample. */
  peak: boolean;
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
  padding: 'centre',
  peak: false,
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
  const { window, hop, fft, coefficients } = settings;
  const { hann, mel, dct, transform } = tablesOf(settings);
  const padded = fitted(samples, settings);
  const [frame, spectrum] = [new Float64Array(fft), transform.createComplexArray()];
  const magnitudes = new Float64Array(fft / 2 + 1);
  const frames = mfccFrames(settings);
  const result = new Float32Array(frames * coefficients);
  for (let f = 0; f < frames; f++) {
    for (let i = 0; i < window; i++) frame[i] = padded[f * hop + i]! * hann[i]!;
    transform.realTransform(spectrum, frame);
    for (let bin = 0; bin < magnitudes.length; bin++)
      magnitudes[bin] = Math.sqrt(spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2);
    const logs = mel.map(({ first, weights }) => {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * magnitudes[first + i]!;
      return Math.log(sum + 1e-6);
    });
    for (let k = 0; k < coefficients; k++)
      result[f * coefficients + k] = logs.reduce((sum, log, band) => sum + log * dct[k]![band]!, 0);
  }
  return result;
}

/** The beginning of a sound that is too long; zeros around or behind one that is too short. */
function fitted(samples: Float32Array, { samples: length, padding, peak }: MfccSettings): Float32Array {
  const largest = peak ? samples.reduce((most, value) => Math.max(most, value), 0) : 0;
  const scale = largest > 0 ? 1 / largest : 1;
  const result = new Float32Array(length);
  const missing = Math.max(0, length - samples.length);
  const offset = padding === 'centre' ? Math.floor(missing / 2) : 0;
  for (let i = 0; i < length; i++) result[i] = (samples[i - offset] ?? 0) * scale;
  return result;
}

/** What is the same for every sound. */
interface Tables {
  transform: FFT;
  hann: Float64Array;
  mel: MelBand[];
  /** Rows of the DCT, one for each coefficient. */
  dct: Float64Array[];
}

/** Weights of a band's bins from the first that counts. */
interface MelBand {
  first: number;
  weights: Float64Array;
}

const known = new WeakMap<MfccSettings, Tables>();

function tablesOf(settings: MfccSettings): Tables {
  const kept = known.get(settings);
  if (kept) return kept;
  const { window, fft, bands, coefficients } = settings;
  const hann = Float64Array.from(
    { length: window },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / window),
  );
  const cosine = (k: number, band: number) => Math.cos((Math.PI * k * (band + 0.5)) / bands);
  const dct = Array.from({ length: coefficients }, (_, k) =>
    Float64Array.from({ length: bands }, (_, band) => (2 * cosine(k, band)) / Math.sqrt(2 * bands)),
  );
  const tables = { transform: new FFT(fft), hann, mel: melBands(settings), dct };
  known.set(settings, tables);
  return tables;
}

/** Triangles that overlap by half, at equal distances in mel; bin 0 counts nowhere. */
function melBands({ sampleRate, fft, bands, lowest, highest }: MfccSettings): MelBand[] {
  const toMel = (hertz: number) => 1127 * Math.log(1 + hertz / 700);
  const [low, high] = [toMel(lowest), toMel(highest)];
  const edge = (i: number) => low + ((high - low) * i) / (bands + 1);
  return Array.from({ length: bands }, (_, band) => {
    const [lower, center, upper] = [edge(band), edge(band + 1), edge(band + 2)];
    const weight = (bin: number) => {
      const at = toMel((bin * sampleRate) / fft);
      return Math.max(0, Math.min((at - lower) / (center - lower), (upper - at) / (upper - center)));
    };
    const all = Array.from({ length: fft / 2 + 1 }, (_, bin) => (bin === 0 ? 0 : weight(bin)));
    const first = Math.max(
      0,
      all.findIndex((value) => value > 0),
    );
    return {
      first,
      weights: Float64Array.from(all.slice(first, all.findLastIndex((value) => value > 0) + 1)),
    };
  });
}
