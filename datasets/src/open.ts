import fs from 'node:fs';
import path from 'node:path';
import type { FeatureName } from './audio/features.js';
import { hashOf } from './content.js';
import { type LoadOptions, loadDataset } from './load.js';
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
