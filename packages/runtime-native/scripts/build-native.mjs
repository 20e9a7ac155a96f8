#!/usr/bin/env node
// Builds the addon and the C++ tests with cmake-js into build/, Release. Node's own modules only; installs and downloads
// nothing: the Node-API headers come from the npm package node-api-headers.
//
//   node scripts/build-native.mjs [--force]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const packageDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const buildDir = path.join(packageDir, 'build');
const addon = path.join(buildDir, 'Release', 'weightfold.node');
const stamp = path.join(buildDir, 'stamp.json');

function sources() {
  const native = fs.readdirSync(path.join(packageDir, 'native'), { recursive: true, withFileTypes: true });
  const files = native
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const scripts = ['scripts/build-native.mjs', 'scripts/no-weak-symbols.cmake', 'CMakeLists.txt'];
  return [...files, ...scripts.map((name) => path.join(packageDir, name))].sort();
}

/** Hash of everything that the build depends on and that can change in a checkout. */
function fingerprint() {
  const hash = createHash('sha256');
  const machine = [process.platform, process.arch, process.env.CXX ?? '', process.env.CXXFLAGS ?? ''];
  hash.update(JSON.stringify(machine));
  for (const file of sources())
    hash.update(`${path.relative(packageDir, file)}\0`).update(fs.readFileSync(file));
  return hash.digest('hex');
}

/** True when build/ holds an addon made from exactly these sources. Takes milliseconds. */
export function nativeUpToDate() {
  if (!fs.existsSync(addon) || !fs.existsSync(stamp)) return false;
  try {
    return JSON.parse(fs.readFileSync(stamp, 'utf8')).fingerprint === fingerprint();
  } catch {
    return false;
  }
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

function build() {
  checkTools();
  const require = createRequire(path.join(packageDir, 'package.json'));
  const cmakeJs = path.join(path.dirname(require.resolve('cmake-js/package.json')), 'bin', 'cmake-js');
  const args = [cmakeJs, 'compile', '--directory', packageDir, '--out', buildDir, '--config', 'Release'];
  args.push('--CDWEIGHTFOLD_BUILD_TESTS=ON');
  if (works('ninja')) args.push('--generator', 'Ninja');
  // Taken before the build: a file that changes meanwhile makes the stamp stale, never wrongly fresh.
  const made = fingerprint();
  const result = spawnSync(process.execPath, args, { cwd: packageDir, stdio: ['ignore', 2, 2] });
  if (result.status !== 0 || !fs.existsSync(addon)) {
    console.error(`\nThe native addon could not be built; the compiler's message is above.`);
    process.exit(1);
  }
  fs.writeFileSync(`${stamp}.tmp`, `${JSON.stringify({ fingerprint: made })}\n`);
  fs.renameSync(`${stamp}.tmp`, stamp);
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--force') && nativeUpToDate()) console.error('[native] up to date');
  else build();
}
