import fs from 'node:fs';
import path from 'node:path';
import { cacheDir, UsageError, writeFileAtomic } from '@weightfold/base';
import { DatasetError } from './errors.js';
import { type DatasetFile, type DatasetManifest, manifests } from './manifest.js';
import { checkContent, download, unpackDebianPackage } from './sources.js';

export interface FetchOptions {
  /** Folder for the files; default: the user's cache folder. */
  dir?: string;
  onProgress?: (message: string) => void;
}

/** A data set's files on this machine, checked by hash, and where they came from. */
export interface FetchedDataset {
  manifest: DatasetManifest;
  source: string;
  contents: Record<keyof DatasetManifest['files'], Uint8Array>;
}

/** Manifest of a known data set. @throws UsageError listing the known names */
export function manifestOf(name: string): DatasetManifest {
  const manifest = manifests.find((candidate) => candidate.name === name);
  if (manifest) return manifest;
  const known = manifests.map((candidate) => candidate.name).join(', ');
  throw new UsageError(`unknown data set: expected one of ${known}, or X.npy,Y.npy but received ${name}`, {
    expected: known,
    received: name,
  });
}

/**
 * Makes a data set's files available: from the folder in WEIGHTFOLD_DATA, else from the cache, else from its canonical
 * URL, else from its Debian package. Every file is checked by hash, wherever it came from; each fallback is reported.
 */
export async function fetchDataset(name: string, options: FetchOptions = {}): Promise<FetchedDataset> {
  const manifest = manifestOf(name);
  const progress = options.onProgress ?? (() => {});
  const given = process.env.WEIGHTFOLD_DATA;
  const named = given ? folderOf(given, manifest) : undefined;
  if (named) return { manifest, source: named, contents: readAll(manifest, named) };
  if (given) progress(`WEIGHTFOLD_DATA=${given} holds no ${name}; using the cache folder`);
  const cache = options.dir ?? path.join(cacheDir(), 'datasets', name);
  const cached = readCached(manifest, cache, progress);
  if (cached) return { manifest, source: cache, contents: cached };
  const source = await fill(manifest, cache, progress);
  return { manifest, source, contents: readAll(manifest, cache) };
}

function folderOf(root: string, manifest: DatasetManifest): string | undefined {
  const folders = [path.join(root, manifest.name), root];
  return folders.find((folder) => fs.existsSync(path.join(folder, manifest.files.testLabels.name)));
}

function readAll(manifest: DatasetManifest, folder: string): FetchedDataset['contents'] {
  const read = (file: DatasetFile) => {
    const where = path.join(folder, file.name);
    return checkContent(new Uint8Array(fs.readFileSync(where)), file, where);
  };
  const { trainImages, trainLabels, testImages, testLabels } = manifest.files;
  return {
    trainImages: read(trainImages),
    trainLabels: read(trainLabels),
    testImages: read(testImages),
    testLabels: read(testLabels),
  };
}

/** Contents of the cache, or undefined when a file is missing or damaged (then it is removed, and that is said). */
function readCached(manifest: DatasetManifest, cache: string, progress: (message: string) => void) {
  const files = Object.values(manifest.files).map((file) => path.join(cache, file.name));
  if (!files.every((file) => fs.existsSync(file))) return undefined;
  try {
    return readAll(manifest, cache);
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    progress(`${error.message}; fetching it again`);
    fs.rmSync(error.where!, { force: true });
    return undefined;
  }
}

async function fill(
  manifest: DatasetManifest,
  cache: string,
  progress: (message: string) => void,
): Promise<string> {
  try {
    for (const file of Object.values(manifest.files)) {
      const target = path.join(cache, file.name);
      if (fs.existsSync(target)) continue;
      progress(`downloading ${manifest.url}${file.name}`);
      const downloaded = await download(manifest.url + file.name, `${target}.new`);
      checkAndKeep(downloaded, file, target);
    }
    return manifest.url;
  } catch (error) {
    const reason = (error as Error).cause instanceof Error ? (error as Error).cause : error;
    progress(`${manifest.url} cannot be used (${(reason as Error).message})`);
    if (!manifest.debian) throw error;
    return await fillFromDebian(manifest, cache, progress, reason as Error);
  }
}

async function fillFromDebian(
  manifest: DatasetManifest,
  cache: string,
  progress: (m: string) => void,
  first: Error,
): Promise<string> {
  const { package: name } = manifest.debian!;
  progress(`falling back to the Debian package ${name}`);
  let folder: string;
  try {
    folder = await unpackDebianPackage(manifest);
  } catch (cause) {
    throw new DatasetError(
      `${manifest.name} cannot be had: ${manifest.url}: ${first.message}; Debian package ${name}: ${(cause as Error).message}`,
      {
        code: 'NO_DATA',
        where: manifest.url,
        hint: `put ${Object.values(manifest.files)
          .map((f) => f.name)
          .join(', ')} into a folder and set WEIGHTFOLD_DATA to it`,
        cause,
      },
    );
  }
  for (const file of Object.values(manifest.files)) {
    writeFileAtomic(path.join(cache, file.name), fs.readFileSync(path.join(folder, file.name)));
  }
  fs.rmSync(folder.slice(0, folder.indexOf('/unpacked/')), { recursive: true, force: true });
  return `Debian package ${name}`;
}

function checkAndKeep(downloaded: string, file: DatasetFile, target: string): void {
  try {
    checkContent(new Uint8Array(fs.readFileSync(downloaded)), file, downloaded);
  } catch (error) {
    fs.rmSync(downloaded, { force: true });
    throw error;
  }
  fs.renameSync(downloaded, target);
}
