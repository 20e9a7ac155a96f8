import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '@weightfold/base';
import {
  keywordMfcc,
  loadDataset,
  loadNpy,
  mfcc,
  mfccFrames,
  readNpy,
  readWav,
  type Split,
} from '@weightfold/datasets';
import { permutation, randomFor } from '../random.js';
import { type Tensor, tf } from '../tf.js';

/** What 0 and 255 of an image's bytes become. */
export const imageRanges = { '0..1': [0, 1], '-1..1': [-1, 1], '0..255': [0, 255] } as const;
export type ImageRange = keyof typeof imageRanges;

export interface CalibrationSetOptions {
  /** The model's input, which images are resized to: [height, width, channels]. */
  shape: number[];
  /** How many images are read, a seeded choice. */
  examples: number;
  seed: number;
  imageRange: ImageRange;
  /** For recordings: a .npy of float32 [2, coefficients], mean and deviation that features are normalized by. */
  featureNorm?: string;
  onProgress?: (message: string) => void;
}

/**
 * Examples to calibrate with: a known data set's training split, a .npy of inputs [n, ...], or a folder, searched with its
 * subfolders, of images (PNG, JPEG, BMP, GIF) or of recordings (.wav, as MFCC features of a second at 8 kHz).
 * @throws UsageError when there is nothing of the kind; DatasetError for a data set that cannot be had
 */
export async function loadCalibrationSet(spec: string, options: CalibrationSetOptions): Promise<Split> {
  if (spec.endsWith('.npy')) return loadNpy(spec);
  const isFolder = fs.statSync(spec, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder) return loadFolder(spec, options);
  const { onProgress } = options;
  return (await loadDataset(spec, onProgress ? { onProgress } : {})).train;
}

const isImage = /\.(png|jpe?g|bmp|gif)$/i;
const isSound = /\.wav$/i;

function loadFolder(folder: string, options: CalibrationSetOptions): Split {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const [images, sounds] = [
    names.filter((name) => isImage.test(name)),
    names.filter((name) => isSound.test(name)),
  ];
  if (images.length > 0 && sounds.length > 0)
    throw wrongSet(folder, 'images or recordings', `${images.length} images and ${sounds.length} recordings`);
  if (sounds.length > 0) return loadSounds(folder, sounds, options);
  if (images.length > 0) return loadImages(folder, images, options);
  throw wrongSet(folder, 'images (.png, .jpg, .bmp, .gif) or recordings (.wav)', 'none');
}

/** Features [frames, coefficients, 1] of recordings. */
function loadSounds(folder: string, files: string[], options: CalibrationSetOptions): Split {
  const { shape, examples, seed, featureNorm } = options;
  const own = [mfccFrames(keywordMfcc), keywordMfcc.coefficients, 1];
  if (String(shape) !== String(own))
    throw wrongSet(folder, `a model whose input is [${own}] for recordings`, `[${shape}]`);
  const { coefficients } = keywordMfcc;
  const norm = featureNorm === undefined ? null : readNorm(featureNorm, coefficients);
  const order = permutation(files.length, randomFor(seed, 'recordings')).subarray(0, examples);
  const size = own[0]! * coefficients;
  const x = new Float32Array(order.length * size);
  order.forEach((index, i) => {
    const file = path.join(folder, files[index]!);
    const features = mfcc(readWav(new Uint8Array(fs.readFileSync(file)), file), keywordMfcc, file);
    const normal = (value: number, k: number) =>
      norm ? (value - norm[k % coefficients]!) / norm[coefficients + (k % coefficients)]! : value;
    x.set(features.map(normal), i * size);
  });
  return { count: order.length, shape, x, xScale: 1, y: new Int32Array(order.length) };
}

function readNorm(file: string, coefficients: number): Float32Array {
  const { shape, data } = readNpy(new Uint8Array(fs.readFileSync(file)), file);
  if (data instanceof Float32Array && String(shape) === String([2, coefficients])) return data;
  throw wrongSet(file, `float32 of shape [2,${coefficients}]: mean and deviation`, `shape [${shape}]`);
}

function loadImages(folder: string, files: string[], options: CalibrationSetOptions): Split {
  const { shape, examples, seed, imageRange } = options;
  const [height = 0, width = 0, channels = 0] = shape;
  if (shape.length !== 3 || ![1, 3].includes(channels))
    throw wrongSet(folder, 'a model whose input is [height, width, 1 or 3] for images', `[${shape}]`);
  const order = permutation(files.length, randomFor(seed, 'images')).subarray(0, examples);
  const size = height * width * channels;
  const x = new Float32Array(order.length * size);
  const [low, high] = imageRanges[imageRange];
  order.forEach((index, i) => {
    const pixels = decodeImage(path.join(folder, files[index]!), [height, width], channels as 1 | 3);
    x.set(
      pixels.map((value) => low + (value * (high - low)) / 255),
      i * size,
    );
  });
  return { count: order.length, shape, x, xScale: 1, y: new Int32Array(order.length) };
}

/** Bytes of an image as numbers from 0 to 255, resized bilinearly. */
function decodeImage(file: string, size: [height: number, width: number], channels: 1 | 3): Float32Array {
  try {
    return tf.tidy(() => {
      const image = tf.node.decodeImage(fs.readFileSync(file), channels, 'int32', false) as never;
      const resized: Tensor = tf.image.resizeBilinear(image, size, false, true);
      return resized.dataSync() as Float32Array;
    });
  } catch (cause) {
    throw wrongSet(file, 'an image', `a file that cannot be decoded (${(cause as Error).message})`);
  }
}

function wrongSet(where: string, expected: string, received: string): UsageError {
  return new UsageError(`${where}: expected ${expected} but received ${received}`, {
    code: 'BAD_CALIBRATION',
    where,
    expected,
    received,
  });
}
