#!/usr/bin/env node
// Builds the addon and the C++ tests with cmake-js into build/, Release. Node's own modules only; installs and downloads
// nothing: the Node-API headers come from the npm package node-api-headers.
//
//   node scripts/build-native.mjs [--force]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { packageDir, sourceHash, stampOf } = require('./source-hash.cjs');

export { packageDir };
export const buildDir = path.join(packageDir, 'build');
export const builtAddon = path.join(buildDir, 'Release', 'weightfold.node');

/** What the build depends on beside its sources. */
function machine() {
  return [process.platform, process.arch, process.env.CXX ?? '', process.env.CXXFLAGS ?? ''].join(' ');
}

/** True when build/ holds an addon made from exactly these sources. Takes milliseconds. */
export function nativeUpToDate() {
  if (!fs.existsSync(builtAddon) || !fs.existsSync(stampOf(builtAddon))) return false;
  try {
    const stamp = JSON.parse(fs.readFileSync(stampOf(builtAddon), 'utf8'));
    return stamp.sources === sourceHash() && stamp.machine === machine();
  } catch {
    return false;
  }
}

/** Writes beside an addon from which sources it was built. */
export function writeStamp(file, sources) {
  fs.writeFileSync(`${stampOf(file)}.tmp`, `${JSON.stringify({ sources, machine: machine() })}\n`);
  fs.renameSync(`${stampOf(file)}.tmp`, stampOf(file));
}

function works(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

function checkTools() {
  const compilers = [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean);
  const missing = [];
  if (!works('cmake')) missing.push('cmake');
  if (!compilers.some(works)) missing.push('g++');
  if (!works('ninja') && !works('make')) missing.push('make');
  if (missing.length === 0) return;
  console.error(`The native addon needs ${missing.join(' and ')}, not found on this machine. To install:\n`);
  console.error(`    sudo apt-get install -y ${missing.join(' ')}\n`);
  process.exit(1);
}

/** Builds addon and tests; a failure ends this process. */
export function buildNative() {
  checkTools();
  const cmakeJs = path.join(path.dirname(require.resolve('cmake-js/package.json')), 'bin', 'cmake-js');
  const args = [cmakeJs, 'compile', '--directory', packageDir, '--out', buildDir, '--config', 'Release'];
  args.push('--CDWEIGHTFOLD_BUILD_TESTS=ON');
  if (works('ninja')) args.push('--generator', 'Ninja');
  // Taken before the build: a file that changes meanwhile makes the stamp stale, never wrongly fresh.
  const made = sourceHash();
  const result = spawnSync(process.execPath, args, { cwd: packageDir, stdio: ['ignore', 2, 2] });
  if (result.status !== 0 || !fs.existsSync(builtAddon)) {
    console.error(`\nThe native addon could not be built; the compiler's message is above.`);
    process.exit(1);
  }
  writeStamp(builtAddon, made);
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--force') && nativeUpToDate()) console.error('[native] up to date');
  else buildNative();
}
