#!/usr/bin/env node
// Makes prebuilds/weightfold-linux-<arch>/node-napi-v8.node, the layout of pkg-prebuilds, with a stamp of the sources beside it.
//   node scripts/prebuild.mjs [x64] [arm64]     default: this machine's; the other one needs a cross compiler
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { packageDir, writeStamp } from './build-native.mjs';
import { tooNewSymbols } from './symbol-versions.mjs';

const require = createRequire(import.meta.url);
const { sourceHash } = require('./source-hash.cjs');
/** How another machine's addons are made; this machine's need nothing. */
const cross = {
  arm64: {
    cmake: [`-DCMAKE_TOOLCHAIN_FILE=${path.join(packageDir, 'cmake/aarch64-linux-gnu.cmake')}`],
    strip: 'aarch64-linux-gnu-strip',
  },
};

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: packageDir, stdio: ['ignore', 2, 2] });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`);
}

function prebuild(arch) {
  const own = arch === process.arch;
  const { cmake, strip } = own ? { cmake: [], strip: 'strip' } : cross[arch];
  const build = path.join(packageDir, 'build', `prebuild-${arch}`);
  const headers = require('node-api-headers').include_dir;
  const settings = ['-DCMAKE_BUILD_TYPE=Release', `-DCMAKE_JS_INC=${headers}`, ...cmake];
  const sources = sourceHash();
  run('cmake', ['-S', packageDir, '-B', build, ...settings]);
  run('cmake', ['--build', build, '--target', 'weightfold', '--parallel', '2']);
  const target = path.join(packageDir, 'prebuilds', `weightfold-linux-${arch}`, 'node-napi-v8.node');
  fs.mkdirSync(path.dirname(target), { recursive: true });
  run(strip, ['-o', target, path.join(build, 'weightfold.node')]);
  writeStamp(target, sources);
  const symbols = tooNewSymbols(target);
  if (symbols.length > 0) throw new Error(`${target} needs newer libraries than Debian 10 has: ${symbols}`);
  if (own && typeof require(target).loadPlan !== 'function') throw new Error(`${target} is no addon of ours`);
  console.log(`${target}: ${fs.statSync(target).size} bytes`);
}

const asked = process.argv.slice(2);
for (const arch of asked.length > 0 ? asked : [process.arch]) {
  const known = [process.arch, ...Object.keys(cross)];
  if (!known.includes(arch)) throw new Error(`expected one of ${known.join(', ')} but received ${arch}`);
  prebuild(arch);
}
