#!/usr/bin/env node
// Checks that an addon loads on old systems: it may need nothing newer of the C and C++ libraries than Debian 10 has.
//   node scripts/symbol-versions.mjs FILE.node
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';

const newest = { GLIBC: '2.28', GLIBCXX: '3.4.25', CXXABI: '1.3.11' };

const parts = (version) => version.split('.').map(Number);
function isNewer(version, than) {
  const [a, b] = [parts(version), parts(than)];
  for (let i = 0; i < Math.max(a.length, b.length); i++)
    if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) > (b[i] ?? 0);
  return false;
}

/** Symbols that the file needs in newer versions, as `name@LIBRARY_VERSION`. Also for files of other architectures. */
export function tooNewSymbols(file) {
  const { status, stdout, stderr, error } = spawnSync('readelf', ['--dyn-syms', '--wide', file], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`readelf ${file}: ${error?.message ?? stderr}`);
  const needed = [...stdout.matchAll(/ UND (\S+)@(GLIBC|GLIBCXX|CXXABI)_([\d.]+)/g)];
  if (needed.length === 0) throw new Error(`${file} needs no symbol with a version: not an addon?`);
  return needed
    .filter(([, , library, version]) => isNewer(version, newest[library]))
    .map(([, name, library, version]) => `${name}@${library}_${version}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const found = tooNewSymbols(process.argv[2]);
  for (const symbol of found) console.error(`${process.argv[2]} needs ${symbol}`);
  if (found.length === 0) console.log(`nothing newer than ${JSON.stringify(newest)}`);
  process.exit(found.length > 0 ? 1 : 0);
}
