#!/usr/bin/env node
// Builds weightfold-runner, the static program for boards without Node, and prints its path:
//   node scripts/build-runner.mjs x86_64|aarch64|armv7l
// Where addon and tests for that machine are built: what is compiled there already is used.
import os from 'node:os';
import path from 'node:path';
import { buildDir } from './build-native.mjs';
import { cmakeBuild, crossDir, crossSettings, expectCompiler, targets } from './cross.mjs';

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
expectCompiler(`The runner for ${arch}`, own ? undefined : target);
const out = own ? buildDir : crossDir(target);
const settings = own ? ['-DCMAKE_BUILD_TYPE=Release'] : crossSettings(target);
cmakeBuild(out, [...settings, '-DWEIGHTFOLD_BUILD_RUNNER=ON'], ['weightfold-runner']);
console.log(path.join(out, 'weightfold-runner'));
