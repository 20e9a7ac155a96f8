import fs from 'node:fs';
import path from 'node:path';
import { sha256Hex, writeFileAtomic } from '@weightfold/base';
import { DatasetError } from './errors.js';
import { readLargeFile } from './large-file.js';
import { type Npy, npyParts, readNpy } from './npy.js';

/**
 * Arrays that take long to make (decoded images, features of sound), kept as .npy files in a folder whose name is a
 * hash of all they depend on.
 * @param key what they depend on, as JSON
 * @param names of the arrays that `make` gives
 */
export async function prepared<Name extends string>(
  folder: string,
  key: unknown,
  names: readonly Name[],
  make: () => Promise<Record<Name, Npy>>,
): Promise<Record<Name, Npy>> {
  const dir = path.join(folder, `prepared-${sha256Hex(JSON.stringify(key)).slice(0, 16)}`);
  const kept = readAll(dir, names);
  if (kept) return kept;
  const made = await make();
  for (const name of names) writeFileAtomic(path.join(dir, `${name}.npy`), npyParts(made[name]));
  return made;
}

/** Null when one of them is missing or damaged: then all are made again. */
function readAll<Name extends string>(dir: string, names: readonly Name[]): Record<Name, Npy> | null {
  const files = names.map((name) => path.join(dir, `${name}.npy`));
  if (!files.every((file) => fs.existsSync(file))) return null;
  try {
    const arrays = files.map((file, i) => [names[i]!, readNpy(readLargeFile(file), file)]);
    return Object.fromEntries(arrays) as Record<Name, Npy>;
  } catch (error) {
    if (error instanceof DatasetError) return null;
    throw error;
  }
}
