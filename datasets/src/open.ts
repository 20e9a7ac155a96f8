import path from 'node:path';
import { sha256Hex } from '@weightfold/base';
import type { FeatureName } from './audio/features.js';
import { readLargeFile } from './large-file.js';
import { type LoadOptions, loadDataset } from './load.js';
import { loadNpyPair } from './npy-pair.js';
import { type ImageFolder, loadImageFolder, loadRecordingFolder, type RecordingFolder } from './own-data.js';
import type { Dataset } from './types.js';

/** Pairs of .npy files: examples and their classes. */
export interface NpyPairs {
  name: string;
  train: { x: string; y: string };
  test: { x: string; y: string };
}

/** A known data set of recordings with other features than its own. */
export interface KnownRecordings {
  name: string;
  features: FeatureName;
}

/** What the key `dataset` of a configuration may be: docs/datasets.md. */
export type DatasetSpec = string | KnownRecordings | NpyPairs | ImageFolder | RecordingFolder;

/**
 * Loads a known data set by its name, or the user's own data.
 * @throws UsageError, DatasetError
 */
export async function openDataset(spec: DatasetSpec, options: LoadOptions = {}): Promise<Dataset> {
  if (typeof spec === 'string') return loadDataset(spec, options);
  if ('train' in spec) return loadNpyPairs(spec);
  if ('images' in spec) return loadImageFolder(spec);
  if ('recordings' in spec) return loadRecordingFolder(spec);
  return loadDataset(spec.name, { ...options, features: spec.features });
}

function loadNpyPairs({ name, train, test }: NpyPairs): Dataset {
  const splits = { train: loadNpyPair(train.x, train.y), test: loadNpyPair(test.x, test.y) };
  const files = [train.x, train.y, test.x, test.y].map((file) => {
    const bytes = readLargeFile(file);
    return { name: path.basename(file), sha256: sha256Hex(bytes), bytes: bytes.length };
  });
  const classes = 1 + [...splits.train.y, ...splits.test.y].reduce((most, label) => Math.max(most, label), 0);
  return { name, classes, ...splits, provenance: { source: 'given .npy files', licence: 'unknown', files } };
}
