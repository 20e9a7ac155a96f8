import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '@weightfold/base';
import { loadDataset, loadNpy, type Split } from '@weightfold/datasets';
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
  onProgress?: (message: string) => void;
}

/**
 * Examples to calibrate with: a known data set's training split, a .npy of inputs [n, ...], or a folder of images (PNG, JPEG,
 * BMP, GIF), searched with its subfolders.
 * @throws UsageError when there is nothing of the kind; DatasetError for a data set that cannot be had
 */
export async function loadCalibrationSet(spec: string, options: CalibrationSetOptions): Promise<Split> {
  if (spec.endsWith('.npy')) return loadNpy(spec);
  const isFolder = fs.statSync(spec, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder) return loadImages(spec, options);
  const { onProgress } = options;
  return (await loadDataset(spec, onProgress ? { onProgress } : {})).train;
}

const isImage = /\.(png|jpe?g|bmp|gif)$/i;

function loadImages(folder: string, options: CalibrationSetOptions): Split {
  const { shape, examples, seed, imageRange } = options;
  const [height = 0, width = 0, channels = 0] = shape;
  if (shape.length !== 3 || ![1, 3].includes(channels))
    throw wrongSet(folder, 'a model whose input is [height, width, 1 or 3] for images', `[${shape}]`);
  const files = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => isImage.test(name))
    .sort();
  if (files.length === 0) throw wrongSet(folder, 'images (.png, .jpg, .bmp, .gif)', 'none');
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
