import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '@weightfold/base';
import type { FeatureName } from './audio/features.js';
import { hashOf } from './content.js';
import { manifestOf } from './fetch.js';
import { type LoadOptions, loadDataset } from './load.js';
import type { DatasetManifest } from './manifest.js';
import { loadNpy, loadNpyPair } from './npy-pair.js';
import { type ImageFolder, loadImageFolder, loadRecordingFolder, type RecordingFolder } from './own-data.js';
import type { Dataset } from './types.js';

/** Pairs of .npy files: examples and their classes, null where there are none. */
export interface NpyPairs {
  name: string;
  train: { x: string; y: string | null };
  test: { x: string; y: string | null };
}

/** A known data set of recordings with other features than its own. */
export interface KnownRecordings {
  name: string;
  features: FeatureName;
}

/** What the key `dataset` of a configuration may be: docs/datasets.md. */
export type DatasetSpec = string | KnownRecordings | NpyPairs | ImageFolder | RecordingFolder;

/**
 * Checks what can be checked of a data set without loading it: that its name is known, that its files and folders are there.
 * @throws UsageError
 */
export function checkDataset(spec: DatasetSpec): void {
  if (typeof spec === 'string' && spec.endsWith('.npy')) {
    const expected = '{"name": …, "train": {"x": "X.npy", "y": "Y.npy"}, "test": {"x": …, "y": …}}';
    throw new UsageError(`dataset: expected a known name or ${expected} but received ${spec}`, {
      where: 'dataset',
      expected,
      received: spec,
    });
  }
  if (isKnown(spec)) {
    manifestOf(nameOf(spec));
    return;
  }
  const found = Object.entries(spec).flatMap(([key, value]): [string, string | null][] => {
    if (key === 'train' || key === 'test')
      return Object.entries(value as NpyPairs['test']).map(([part, file]) => [`${key}.${part}`, file]);
    return key === 'images' || key === 'recordings' ? [[key, value as string]] : [];
  });
  for (const [key, file] of found) if (file !== null) checkPath(`dataset.${key}`, file);
}

/** Whether a data set goes by a name alone; else it names files of one's own. */
function isKnown(spec: DatasetSpec): spec is string | KnownRecordings {
  return typeof spec === 'string' || !('train' in spec || 'images' in spec || 'recordings' in spec);
}

const nameOf = (spec: string | KnownRecordings): string => (typeof spec === 'string' ? spec : spec.name);

/** Shape of an example by how a data set's files are read. All features have 49 frames of 10 coefficients. */
const shapes: Record<DatasetManifest['format'], number[]> = {
  mnist: [28, 28, 1],
  cifar10: [32, 32, 3],
  'cifar10-jpeg': [32, 32, 3],
  'speech-commands': [49, 10, 1],
  'spoken-digits': [49, 10, 1],
};

/**
 * Shape of an example, and how many classes there are, without loading a data set; null for one's own, which only loading tells.
 * @throws UsageError for an unknown name
 */
export function knownExamples(spec: DatasetSpec): { shape: number[]; classes: number } | null {
  if (!isKnown(spec)) return null;
  const { format, classNames } = manifestOf(nameOf(spec));
  return { shape: shapes[format], classes: classNames.length };
}

/** @throws UsageError when a file or folder that a setting names is not there */
export function checkPath(setting: string, file: string): void {
  if (fs.existsSync(file)) return;
  throw new UsageError(`${setting}: no such file or folder: ${file}`, {
    code: 'ENOENT',
    where: setting,
    expected: 'a path that is there, from the folder that the command is started in',
    received: file,
  });
}

/**
 * Loads a known data set by its name, or the user's own data.
 * @throws UsageError, DatasetError
 */
export async function openDataset(spec: DatasetSpec, options: LoadOptions = {}): Promise<Dataset> {
  checkDataset(spec);
  if (typeof spec === 'string') return loadDataset(spec, options);
  if ('train' in spec) return loadNpyPairs(spec);
  if ('images' in spec) return loadImageFolder(spec);
  if ('recordings' in spec) return loadRecordingFolder(spec);
  return loadDataset(spec.name, { ...options, features: spec.features });
}

async function loadNpyPairs({ name, train, test }: NpyPairs): Promise<Dataset> {
  const load = ({ x, y }: NpyPairs['train']) => (y === null ? loadNpy(x) : loadNpyPair(x, y));
  const splits = { train: load(train), test: load(test) };
  const given = [train.x, train.y, test.x, test.y].filter((file) => file !== null);
  const files = await Promise.all(
    given.map(async (file) => {
      const { size: bytes } = fs.statSync(file);
      return { name: path.basename(file), sha256: await hashOf(file, 'file'), bytes };
    }),
  );
  const classes = 1 + Math.max(largest(splits.train.y), largest(splits.test.y));
  return { name, classes, ...splits, provenance: { source: 'given .npy files', licence: 'unknown', files } };
}

const largest = (labels: Int32Array): number => labels.reduce((most, label) => Math.max(most, label), 0);
