#!/usr/bin/env node
// Builds weightfold-runner, the static program for boards without Node, and prints its path:
//   node scripts/build-runner.mjs x86_64|aarch64|armv7l
// into build/runner-ARCH; where that is there already, only what has changed is compiled.
import os from 'node:os';
import path from 'node:path';
import { packageDir } from './build-native.mjs';
import { cmakeBuild, compilerOf, crossSettings, targets, works } from './cross.mjs';

const arch = process.argv[2];
const own = arch === os.machine();
const target = Object.values(targets).find(({ machine }) => machine === arch);
if (!own && !target) {
  const known = new Set([os.machine(), ...Object.values(targets).map(({ machine }) => machine)]);
  console.error(
    `expected one of ${[...known].join(', ')} that this machine can build for, but received ${arch}`,
  );
  process.exit(2);
}
const compiler = own ? 'g++' : compilerOf(target);
const missing = [compiler, 'cmake'].filter((tool) => !works(tool));
if (missing.length > 0) {
  const packages = missing.map((tool) => (target && tool === compiler ? `g++-${target.triple}` : tool));
  console.error(
    `The runner for ${arch} needs ${missing.join(' and ')}: sudo apt-get install -y ${packages.join(' ')}`,
  );
  process.exit(1);
}
const out = path.join(packageDir, 'build', `runner-${arch}`);
const settings = own ? ['-DCMAKE_BUILD_TYPE=Release'] : crossSettings(target);
cmakeBuild(out, [...settings, '-DWEIGHTFOLD_BUILD_RUNNER=ON'], ['weightfold-runner']);
console.log(path.join(out, 'weightfold-runner'));
