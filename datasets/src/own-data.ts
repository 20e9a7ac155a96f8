import fs from 'node:fs';
import path from 'node:path';
import { cacheDir, sha256Hex } from '@weightfold/base';
import {
  type FeatureExample,
  type FeatureName,
  featureSets,
  featureSplits,
  featuresOf,
} from './audio/features.js';
import { readWav } from './audio/wav.js';
import { decodeImages, decoderVersion } from './images.js';
import { type LabelledFile, labelledFiles } from './labelled-files.js';
import { prepared } from './prepared.js';
import type { Dataset, Provenance, Split } from './types.js';

const isImage = /\.(png|jpe?g|webp|gif|tiff?)$/i;
const isSound = /\.wav$/i;

export interface ImageFolder {
  name: string;
  /** A folder with one folder of images per class, or a .csv (labelled-files.ts). */
  images: string;
  /** [height, width, channels]; images are resized to it, 1 channel is grey, 3 are red, green, blue. */
  shape: number[];
  /** Part of each class that is for testing, where the folder has no splits of its own. */
  testPart: number;
}

export interface RecordingFolder {
  name: string;
  /** A folder with one folder of .wav per class, or a .csv (labelled-files.ts). */
  recordings: string;
  features: FeatureName;
  testPart: number;
}

/**
 * A data set of the user's own images. Real values are pixel / 255. What is decoded once is kept in the cache folder.
 * @throws UsageError, DatasetError for a folder or file that is not as expected
 */
export async function loadImageFolder({ name, images, shape, testPart }: ImageFolder): Promise<Dataset> {
  const { classNames, ...files } = labelledFiles(images, isImage, testPart);
  const provenance = folderProvenance(images, classNames, files);
  const key = { images: provenance.files, shape, decoder: await decoderVersion() };
  const splits = ['train', 'test'] as const;
  const arrays = await prepared(ownCache(), key, splits, async () => {
    const decode = async (split: 'train' | 'test') => {
      const data = await decodeImages(
        files[split].map((file) => ({ name: file.path })),
        shape,
      );
      return { dtype: 'uint8' as const, shape: [files[split].length, ...shape], data };
    };
    return { train: await decode('train'), test: await decode('test') };
  });
  const split = (of: 'train' | 'test'): Split => ({
    count: files[of].length,
    shape,
    x: arrays[of].data as Uint8Array,
    xScale: 1 / 255,
    y: Int32Array.from(files[of], ({ label }) => label),
  });
  return {
    name,
    classes: classNames.length,
    classNames,
    train: split('train'),
    test: split('test'),
    provenance,
  };
}

/**
 * A data set of the user's own recordings, as MFCC features.
 * @throws UsageError, DatasetError for a folder or file that is not as expected, also for another sample rate
 */
export async function loadRecordingFolder(folder: RecordingFolder): Promise<Dataset> {
  const { name, recordings, features, testPart } = folder;
  const set = featureSets[features];
  const { classNames, ...files } = labelledFiles(recordings, isSound, testPart);
  const read = (file: LabelledFile): FeatureExample => {
    const sound = readWav(new Uint8Array(fs.readFileSync(file.path)), file.path);
    return { name: file.name, label: file.label, features: featuresOf(sound, set, file.path) };
  };
  const { splits, info } = featureSplits({ train: files.train.map(read), test: files.test.map(read) }, set);
  const provenance = folderProvenance(recordings, classNames, files);
  const classes = classNames.length;
  return { name, classes, classNames, ...splits, features: { name: features, ...info }, provenance };
}

const ownCache = () => path.join(cacheDir(), 'datasets', 'own');

/** A folder stands for its files: the hash is of a line `hash  split  class  name` for each, so of their use as well. */
function folderProvenance(
  folder: string,
  classNames: string[],
  splits: Record<'train' | 'test', LabelledFile[]>,
): Provenance {
  let bytes = 0;
  const lines = Object.entries(splits).flatMap(([split, files]) =>
    files.map(({ name, path: file, label }) => {
      const content = fs.readFileSync(file);
      bytes += content.length;
      return `${sha256Hex(content)}  ${split}  ${classNames[label]}  ${name}\n`;
    }),
  );
  const sha256 = sha256Hex(lines.join(''));
  return {
    source: path.resolve(folder),
    licence: 'unknown',
    files: [{ name: path.basename(path.resolve(folder)), sha256, bytes }],
  };
}
