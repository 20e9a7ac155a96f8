import { type FeatureName, type FeatureSet, featureSets, featureSplits } from './audio/features.js';
import { readSpeechCommands } from './audio/speech-commands.js';
import { readSpokenDigits, spokenDigitsNorm } from './audio/spoken-digits.js';
import { cifar10JpegDecoder, readCifar10, readCifar10Jpeg } from './cifar10.js';
import { cacheFolder, type FetchedDataset, type FetchOptions, fetchManifest, manifestOf } from './fetch.js';
import { readIdxImages } from './idx.js';
import type { DatasetManifest } from './manifest.js';
import type { Npy } from './npy.js';
import { prepared } from './prepared.js';
import type { Dataset, FeatureInfo, Split } from './types.js';

export interface LoadOptions extends FetchOptions {
  /** Features of recordings; the data set's own when not given. */
  features?: FeatureName;
}

/**
 * Loads a known data set, fetching it first when needed.
 * @throws UsageError for an unknown name, DatasetError when it cannot be had
 */
export async function loadDataset(name: string, options: LoadOptions = {}): Promise<Dataset> {
  return loadManifest(manifestOf(name), options);
}

/** The same for any manifest. */
export async function loadManifest(manifest: DatasetManifest, options: LoadOptions = {}): Promise<Dataset> {
  const fetched = await fetchManifest(manifest, options);
  const { name, classNames, licence, files } = manifest;
  const provenance = { source: fetched.source, licence, files: Object.values(files) };
  const loaded = await readers[manifest.format](fetched, options);
  return { name, classes: classNames.length, classNames, ...loaded, provenance };
}

type Loaded = Pick<Dataset, 'train' | 'validation' | 'test' | 'features'>;
type Reader = (fetched: FetchedDataset, options: LoadOptions) => Promise<Loaded>;

const readers: Record<DatasetManifest['format'], Reader> = {
  mnist: async ({ files }) => ({
    train: readIdxImages(files.trainImages!, files.trainLabels!),
    test: readIdxImages(files.testImages!, files.testLabels!),
  }),
  cifar10: ({ files }) => readCifar10(files.archive!),
  'cifar10-jpeg': decodedCifar10,
  'speech-commands': (fetched, options) => {
    const read = (set: FeatureSet) =>
      readSpeechCommands(fetched.files.archive!, fetched.manifest.classNames, set);
    return recordings(fetched, options, 'mlperf-tiny', ['train', 'validation', 'test'], read);
  },
  'spoken-digits': (fetched, options) => {
    const read = (set: FeatureSet) => readSpokenDigits(fetched.files.archive!, set);
    return recordings(fetched, options, 'keyword-8k', ['train', 'test'], read, spokenDigitsNorm);
  },
};

/** Hashes of a data set's files: what everything made of them depends on. */
const hashesOf = ({ manifest }: FetchedDataset) => Object.values(manifest.files).map(({ sha256 }) => sha256);

async function decodedCifar10(fetched: FetchedDataset, options: LoadOptions): Promise<Loaded> {
  const { trainImages, trainLengths, testImages, testLengths } = fetched.files;
  const key = [hashesOf(fetched), await cifar10JpegDecoder()];
  const names = ['train', 'trainLabels', 'test', 'testLabels'] as const;
  const arrays = await prepared(cacheFolder(fetched.manifest, options), key, names, async () => {
    options.onProgress?.(`decoding the images of ${fetched.manifest.name}`);
    const train = await readCifar10Jpeg(trainImages!, trainLengths!);
    const test = await readCifar10Jpeg(testImages!, testLengths!);
    const images = ({ x, count, shape }: Split): Npy => ({
      dtype: 'uint8',
      shape: [count, ...shape],
      data: x,
    });
    return { train: images(train), trainLabels: labels(train), test: images(test), testLabels: labels(test) };
  });
  return {
    train: toSplit(arrays.train, arrays.trainLabels, 1 / 255),
    test: toSplit(arrays.test, arrays.testLabels, 1 / 255),
  };
}

const labels = ({ y }: Split): Npy => ({ dtype: 'int32', shape: [y.length], data: y });

function toSplit(x: Npy, y: Npy, xScale: number): Split {
  const [count = 0, ...shape] = x.shape;
  return { count, shape, x: x.data as Split['x'], xScale, y: y.data as Int32Array };
}

/** Features of a known data set's recordings, kept: making them takes a minute for the largest. */
async function recordings<Name extends 'train' | 'validation' | 'test'>(
  fetched: FetchedDataset,
  { features, onProgress, ...options }: LoadOptions,
  ownFeatures: FeatureName,
  names: readonly Name[],
  read: (set: FeatureSet) => Promise<Parameters<typeof featureSplits<Name>>[0]>,
  ownNorm: FeatureInfo | null = null,
): Promise<Loaded> {
  const name = features ?? ownFeatures;
  const set = featureSets[name];
  const norm = name === ownFeatures ? ownNorm : null;
  const key = [hashesOf(fetched), set, norm && [...norm.mean!, ...norm.deviation!]];
  const parts = names.flatMap((split) => [split, `${split}Labels`]);
  const arrays = await prepared(cacheFolder(fetched.manifest, options), key, [...parts, 'norm'], async () => {
    onProgress?.(`making ${name} features of ${fetched.manifest.name}`);
    const { splits, info } = featureSplits<Name>(await read(set), set, norm);
    const made = names.flatMap((split): [string, Npy][] => {
      const { x, y, count, shape } = splits[split];
      const data: Npy = { dtype: 'float32', shape: [count, ...shape], data: x };
      return [
        [split, data],
        [`${split}Labels`, { dtype: 'int32', shape: [count], data: y }],
      ];
    });
    return { ...Object.fromEntries(made), norm: toNorm(info) };
  });
  const splits = names.map((split) => [split, toSplit(arrays[split]!, arrays[`${split}Labels`]!, 1)]);
  return { ...Object.fromEntries(splits), features: { name, ...fromNorm(arrays.norm!) } };
}

/** Mean and deviation as rows; no rows where there is no normalization. */
function toNorm({ mean, deviation }: FeatureInfo): Npy {
  const data = Float32Array.from([...(mean ?? []), ...(deviation ?? [])]);
  return { dtype: 'float32', shape: [mean ? 2 : 0, mean?.length ?? 0], data };
}

function fromNorm({ data, shape }: Npy): FeatureInfo {
  if (shape[0] === 0) return { mean: null, deviation: null };
  const all = data as Float32Array;
  return { mean: all.slice(0, shape[1]), deviation: all.slice(shape[1]) };
}
