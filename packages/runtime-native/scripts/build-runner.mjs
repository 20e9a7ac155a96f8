#!/usr/bin/env node
// Builds weightfold-runner, the static program for boards without Node, and prints its path:
//   node scripts/build-runner.mjs x86_64|aarch64
// into build/runner-ARCH; where that is there already, only what has changed is compiled.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packageDir } from './build-native.mjs';
import { arm64Compiler, crossSettings } from './cross.mjs';

const works = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
const arch = process.argv[2];
const compilers = { x86_64: 'g++', aarch64: os.machine() === 'aarch64' ? 'g++' : arm64Compiler };

/** One build at a time in a folder: tests and measurements may start several at once. */
function cmake(...args) {
  const { status } = spawnSync('flock', [`${out}.lock`, 'cmake', ...args], {
    cwd: packageDir,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.exit(status ?? 1);
}

const compiler = compilers[arch];
if (compiler === undefined || (compiler === 'g++' && os.machine() !== arch)) {
  console.error(
    `expected one of ${Object.keys(compilers).join(', ')} that this machine can build for, but received ${arch}`,
  );
  process.exit(2);
}
const missing = [compiler, 'cmake'].filter((tool) => !works(tool));
if (missing.length > 0) {
  const packages = missing.map((tool) => (tool === arm64Compiler ? 'g++-aarch64-linux-gnu' : tool));
  console.error(
    `The runner for ${arch} needs ${missing.join(' and ')}: sudo apt-get install -y ${packages.join(' ')}`,
  );
  process.exit(1);
}
const out = path.join(packageDir, 'build', `runner-${arch}`);
const settings = ['-DCMAKE_BUILD_TYPE=Release', '-DWEIGHTFOLD_BUILD_RUNNER=ON'];
if (compiler === arm64Compiler) settings.push(...crossSettings());
fs.mkdirSync(path.dirname(out), { recursive: true });
cmake('-S', packageDir, '-B', out, ...(works('ninja') ? ['-G', 'Ninja'] : []), ...settings);
cmake('--build', out, '--target', 'weightfold-runner', '--parallel', '2');
console.log(path.join(out, 'weightfold-runner'));
