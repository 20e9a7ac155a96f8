import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const packageDir = fileURLToPath(new URL('..', import.meta.url));

/**
 * Where an addon may be, the first preferred: one that came with the package, in the layout of pkg-prebuilds, then one that was
 * built here.
 */
export const addonFiles: readonly string[] = [
  path.join(packageDir, 'prebuilds', `weightfold-${process.platform}-${process.arch}`, 'node-napi-v8.node'),
  path.join(packageDir, 'build/Release/weightfold.node'),
];

/** An addon that is not used, and why. */
export interface Attempt {
  file: string;
  reason: string;
}

/**
 * The first addon that loads, and what was wrong with those before it. One that was built from other sources is only used when there is
 * no other: where addons are prebuilt and built, the sources change.
 */
export function loadAddonFile(files = addonFiles): {
  file: string | null;
  exports: unknown;
  attempts: Attempt[];
} {
  const attempts: Attempt[] = [];
  for (const [i, file] of files.entries()) {
    if (!fs.existsSync(file)) {
      attempts.push({ file, reason: 'not there' });
      continue;
    }
    if (files.slice(i + 1).some((other) => fs.existsSync(other)) && isStale(file)) {
      attempts.push({ file, reason: 'built from other sources' });
      continue;
    }
    try {
      return { file, exports: require(file), attempts };
    } catch (cause) {
      attempts.push({ file, reason: (cause as Error).message.split('\n')[0]! });
    }
  }
  return { file: null, exports: null, attempts };
}

const stale = new Map<string, boolean>();

/**
 * Whether an addon was built from other sources than those that are here. Reads them all, once: for error messages and `doctor`.
 */
export function isStale(file: string): boolean {
  const known = stale.get(file) ?? !readsAsCurrent(file);
  stale.set(file, known);
  return known;
}

function readsAsCurrent(file: string): boolean {
  const hashes = path.join(packageDir, 'scripts/source-hash.cjs');
  return !fs.existsSync(hashes) || (require(hashes) as { isCurrent(file: string): boolean }).isCurrent(file);
}
