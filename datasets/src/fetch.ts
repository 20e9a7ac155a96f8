import fs from 'node:fs';
import path from 'node:path';
import { cacheDir, makeFolder, UsageError, writeFileAtomic } from '@weightfold/base';
import { checkFile } from './content.js';
import { unpackDebianPackage } from './debian.js';
import { download } from './download.js';
import { DatasetError } from './errors.js';
import { type DatasetManifest, manifests } from './manifest.js';

export interface FetchOptions {
  /** Folder for the files; default: the user's cache folder. */
  dir?: string;
  onProgress?: (message: string) => void;
}

/** A data set's files on this machine, checked by hash, and where they came from. */
export interface FetchedDataset {
  manifest: DatasetManifest;
  source: string;
  /** Path of each file, by the manifest's key. */
  files: Record<string, string>;
}

/** Manifest of a known data set. @throws UsageError listing the known names */
export function manifestOf(name: string): DatasetManifest {
  const manifest = manifests.find((candidate) => candidate.name === name);
  if (manifest) return manifest;
  const known = manifests.map((candidate) => candidate.name).join(', ');
  throw new UsageError(`unknown data set: expected one of ${known} but received ${name}`, {
    code: 'UNKNOWN_DATASET',
    expected: known,
    received: name,
    hint: 'for data of your own see docs/datasets.md; --data also takes X.npy,Y.npy',
  });
}

/**
 * Makes a data set's files available: from the folder in WEIGHTFOLD_DATA (unless `dir` is given), else from the cache,
 * else from its canonical URL, else from its Debian package. Every file is checked by hash, wherever it came from; each
 * fallback is reported.
 * @throws UsageError for an unknown name, DatasetError when the files cannot be had or are not the published ones
 */
export async function fetchDataset(name: string, options: FetchOptions = {}): Promise<FetchedDataset> {
  return fetchManifest(manifestOf(name), options);
}

/** The same for any manifest. */
export async function fetchManifest(
  manifest: DatasetManifest,
  options: FetchOptions = {},
): Promise<FetchedDataset> {
  const progress = options.onProgress ?? (() => {});
  const named = namedFolder(manifest, options);
  if (named) {
    await checkNamed(manifest, named);
    return { manifest, source: named, files: pathsIn(named, manifest) };
  }
  if (options.dir === undefined && process.env.WEIGHTFOLD_DATA)
    progress(
      `WEIGHTFOLD_DATA=${process.env.WEIGHTFOLD_DATA} holds no ${manifest.name}; using the cache folder`,
    );
  const cache = cacheFolder(manifest, options);
  const missing = await missingFiles(manifest, cache, progress);
  const source = missing.length === 0 ? cache : await fetchMissing(manifest, missing, cache, progress);
  return { manifest, source, files: pathsIn(cache, manifest) };
}

/** Folder in which a data set's files lie already, unchecked; null when one of them is missing. */
export function cachedFolder(manifest: DatasetManifest, options: FetchOptions = {}): string | null {
  const folder = namedFolder(manifest, options) ?? cacheFolder(manifest, options);
  return Object.values(pathsIn(folder, manifest)).every((file) => fs.existsSync(file)) ? folder : null;
}

/** Where a data set's files are kept. */
export function cacheFolder({ name }: DatasetManifest, { dir }: FetchOptions): string {
  return dir ?? path.join(cacheDir(), 'datasets', name);
}

function pathsIn(folder: string, { files }: DatasetManifest): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([key, { name }]) => [key, path.join(folder, name)]));
}

/** The folder in WEIGHTFOLD_DATA that holds at least one of the files. */
function namedFolder(manifest: DatasetManifest, { dir }: FetchOptions): string | undefined {
  const root = dir === undefined ? process.env.WEIGHTFOLD_DATA : undefined;
  if (!root) return undefined;
  const holdsOne = (folder: string) =>
    Object.values(pathsIn(folder, manifest)).some((file) => fs.existsSync(file));
  return [path.join(root, manifest.name), root].find(holdsOne);
}

/** @throws DatasetError naming the file of the folder that is missing or another one */
async function checkNamed(manifest: DatasetManifest, folder: string): Promise<void> {
  for (const file of Object.values(manifest.files)) {
    const where = path.join(folder, file.name);
    if (fs.existsSync(where)) await checkFile(where, file);
    else {
      throw new DatasetError(`${where} is missing, while other files of ${manifest.name} are there`, {
        code: 'NO_DATA',
        where,
        expected: file.name,
        received: 'no file',
        hint: 'add the file, or unset WEIGHTFOLD_DATA to have the data set fetched',
      });
    }
  }
}

/** Keys of the files that the cache does not hold; a damaged one is removed, and that is said. */
async function missingFiles(
  manifest: DatasetManifest,
  cache: string,
  progress: (message: string) => void,
): Promise<string[]> {
  const missing: string[] = [];
  for (const [key, published] of Object.entries(manifest.files)) {
    const file = path.join(cache, published.name);
    if (!fs.existsSync(file)) {
      missing.push(key);
      continue;
    }
    try {
      await checkFile(file, published);
    } catch (error) {
      if (!(error instanceof DatasetError)) throw error;
      progress(`${error.message}; fetching it again`);
      fs.rmSync(file, { force: true });
      missing.push(key);
    }
  }
  return missing;
}

/**
 * Puts the missing files into the cache, from the canonical URL, else from the Debian package. Gives where they came
 * from.
 */
async function fetchMissing(
  manifest: DatasetManifest,
  missing: string[],
  cache: string,
  progress: (message: string) => void,
): Promise<string> {
  makeFolder(cache);
  const { url, files, debian } = manifest;
  const reasons: Error[] = [];
  try {
    if (url === null) throw new Error('it is nowhere to be downloaded');
    for (const key of missing) {
      const file = files[key]!;
      await download(url, file, path.join(cache, file.name), progress);
    }
    return url;
  } catch (error) {
    reasons.push(error as Error);
  }
  if (!debian) throw cannotBeHad(manifest, reasons);
  progress(`${reasons[0]!.message}; falling back to the Debian package ${debian.package}`);
  try {
    await fetchFromDebian(manifest, missing, cache);
    return `Debian package ${debian.package}`;
  } catch (cause) {
    throw cannotBeHad(manifest, [...reasons, cause as Error]);
  }
}

async function fetchFromDebian(manifest: DatasetManifest, missing: string[], cache: string): Promise<void> {
  const { folder, remove } = await unpackDebianPackage(manifest.debian!);
  try {
    for (const key of missing) {
      const file = manifest.files[key]!;
      const packed = path.join(folder, file.name);
      await checkFile(packed, file, `${manifest.debian!.package}: ${file.name}`);
      writeFileAtomic(path.join(cache, file.name), fs.readFileSync(packed));
    }
  } finally {
    remove();
  }
}

function cannotBeHad(manifest: DatasetManifest, reasons: Error[]): DatasetError {
  const names = Object.values(manifest.files).map((file) => file.name);
  const last = reasons.at(-1)!;
  const known = last instanceof DatasetError ? last : null;
  return new DatasetError(`${manifest.name} cannot be had: ${reasons.map((r) => r.message).join('; ')}`, {
    code: known?.code ?? 'NO_DATA',
    where: known?.where ?? manifest.url ?? manifest.name,
    expected: known?.expected,
    received: known?.received,
    hint: `put ${names.join(', ')} into a folder and set WEIGHTFOLD_DATA to it`,
    cause: last,
  });
}
