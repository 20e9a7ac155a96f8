import fs from 'node:fs';
import path from 'node:path';
import { cacheDir, UsageError, writeFileAtomic } from '@weightfold/base';
import { unpackDebianPackage } from './debian.js';
import { checkContent, download } from './download.js';
import { DatasetError } from './errors.js';
import { type DatasetFile, type DatasetManifest, manifests } from './manifest.js';

export interface FetchOptions {
  /** Folder for the files; default: the user's cache folder. */
  dir?: string;
  onProgress?: (message: string) => void;
}

type FileKey = keyof DatasetManifest['files'];
type Contents = Record<FileKey, Uint8Array>;

/** A data set's files on this machine, checked by hash, and where they came from. */
export interface FetchedDataset {
  manifest: DatasetManifest;
  source: string;
  contents: Contents;
}

/** Manifest of a known data set. @throws UsageError listing the known names */
function manifestOf(name: string): DatasetManifest {
  const manifest = manifests.find((candidate) => candidate.name === name);
  if (manifest) return manifest;
  const known = manifests.map((candidate) => candidate.name).join(', ');
  throw new UsageError(`unknown data set: expected one of ${known}, or X.npy,Y.npy but received ${name}`, {
    expected: known,
    received: name,
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
  const given = options.dir === undefined ? process.env.WEIGHTFOLD_DATA : undefined;
  const named = given ? folderOf(given, manifest) : undefined;
  if (named) return { manifest, source: named, contents: readNamed(manifest, named) };
  if (given) progress(`WEIGHTFOLD_DATA=${given} holds no ${manifest.name}; using the cache folder`);
  const cache = options.dir ?? path.join(cacheDir(), 'datasets', manifest.name);
  const cached = readCached(manifest, cache, progress);
  const missing = keys(manifest).filter((key) => cached[key] === undefined);
  if (missing.length === 0) return { manifest, source: cache, contents: cached as Contents };
  const { source, contents } = await fetchMissing(manifest, missing, cache, progress);
  return { manifest, source, contents: { ...cached, ...contents } as Contents };
}

const keys = (manifest: DatasetManifest) => Object.keys(manifest.files) as FileKey[];

function folderOf(root: string, manifest: DatasetManifest): string | undefined {
  const names = Object.values(manifest.files).map((file) => file.name);
  const holdsOne = (folder: string) => names.some((name) => fs.existsSync(path.join(folder, name)));
  return [path.join(root, manifest.name), root].find(holdsOne);
}

/** All files of the folder that the user named. @throws DatasetError naming the file that is missing or another one */
function readNamed(manifest: DatasetManifest, folder: string): Contents {
  const read = (file: DatasetFile) => {
    const where = path.join(folder, file.name);
    if (fs.existsSync(where)) return checkContent(new Uint8Array(fs.readFileSync(where)), file, where);
    throw new DatasetError(`${where} is missing, while other files of ${manifest.name} are there`, {
      code: 'NO_DATA',
      where,
      expected: file.name,
      received: 'no file',
      hint: 'add the file, or unset WEIGHTFOLD_DATA to have the data set fetched',
    });
  };
  return Object.fromEntries(keys(manifest).map((key) => [key, read(manifest.files[key])])) as Contents;
}

/** What the cache holds; a damaged file is removed, and that is said. */
function readCached(
  manifest: DatasetManifest,
  cache: string,
  progress: (message: string) => void,
): Partial<Contents> {
  const found: Partial<Contents> = {};
  for (const key of keys(manifest)) {
    const file = path.join(cache, manifest.files[key].name);
    if (!fs.existsSync(file)) continue;
    try {
      found[key] = checkContent(new Uint8Array(fs.readFileSync(file)), manifest.files[key], file);
    } catch (error) {
      if (!(error instanceof DatasetError)) throw error;
      progress(`${error.message}; fetching it again`);
      fs.rmSync(file, { force: true });
    }
  }
  return found;
}

interface Fetched {
  source: string;
  contents: Partial<Contents>;
}

/** The missing files from the canonical URL, else from the Debian package; both go into the cache. */
async function fetchMissing(
  manifest: DatasetManifest,
  missing: FileKey[],
  cache: string,
  progress: (message: string) => void,
): Promise<Fetched> {
  const contents: Partial<Contents> = {};
  let reason: Error;
  try {
    for (const key of missing) {
      const file = manifest.files[key];
      contents[key] = await download(manifest.url, file, path.join(cache, file.name), progress);
    }
    return { source: manifest.url, contents };
  } catch (error) {
    reason = error as Error;
  }
  if (!manifest.debian) throw cannotBeHad(manifest, [reason]);
  const { package: name } = manifest.debian;
  progress(`${reason.message}; falling back to the Debian package ${name}`);
  try {
    return { source: `Debian package ${name}`, contents: await fetchFromDebian(manifest, missing, cache) };
  } catch (cause) {
    throw cannotBeHad(manifest, [reason, cause as Error]);
  }
}

async function fetchFromDebian(
  manifest: DatasetManifest,
  missing: FileKey[],
  cache: string,
): Promise<Partial<Contents>> {
  const { folder, remove } = await unpackDebianPackage(manifest.debian!);
  try {
    const contents: Partial<Contents> = {};
    for (const key of missing) {
      const file = manifest.files[key];
      const packed = new Uint8Array(fs.readFileSync(path.join(folder, file.name)));
      contents[key] = checkContent(packed, file, `${manifest.debian!.package}: ${file.name}`);
      writeFileAtomic(path.join(cache, file.name), packed);
    }
    return contents;
  } finally {
    remove();
  }
}

function cannotBeHad(manifest: DatasetManifest, reasons: Error[]): DatasetError {
  const names = Object.values(manifest.files).map((file) => file.name);
  const last = reasons.at(-1)!;
  return new DatasetError(`${manifest.name} cannot be had: ${reasons.map((r) => r.message).join('; ')}`, {
    code: last instanceof DatasetError ? last.code : 'NO_DATA',
    where: last instanceof DatasetError ? last.where : manifest.url,
    expected: last instanceof DatasetError ? last.expected : undefined,
    received: last instanceof DatasetError ? last.received : undefined,
    hint: `put ${names.join(', ')} into a folder and set WEIGHTFOLD_DATA to it`,
    cause: last,
  });
}
