#!/usr/bin/env node
// Makes prebuilds/weightfold-linux-<arch>/node-napi-v8.node, the layout of pkg-prebuilds, with a stamp of the sources beside it.
//   node scripts/prebuild.mjs [x64] [arm64] [arm]     default: this machine's; others need a cross compiler
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildNative, builtAddon, nativeUpToDate, packageDir, writeStamp } from './build-native.mjs';
import { cmakeBuild, crossDir, crossSettings, expectCompiler, targets } from './cross.mjs';
import { tooNewSymbols } from './symbol-versions.mjs';

const require = createRequire(import.meta.url);
const { sourceHash, isCurrent } = require('./source-hash.cjs');

/** An addon with debugging symbols for an architecture, and the program that takes them away. */
function build(arch) {
  if (arch === process.arch) {
    if (!nativeUpToDate()) buildNative();
    return { addon: builtAddon, strip: 'strip' };
  }
  expectCompiler(`The addon for ${arch}`, targets[arch]);
  const out = crossDir(targets[arch]);
  cmakeBuild(out, crossSettings(targets[arch]), ['weightfold']);
  return { addon: path.join(out, 'weightfold.node'), strip: `${targets[arch].triple}-strip` };
}

function prebuild(arch) {
  const target = path.join(packageDir, 'prebuilds', `weightfold-linux-${arch}`, 'node-napi-v8.node');
  if (fs.existsSync(target) && isCurrent(target)) return;
  const sources = sourceHash();
  const { addon, strip } = build(arch);
  const symbols = tooNewSymbols(addon);
  if (symbols.length > 0) throw new Error(`${addon} needs newer libraries than Debian 10 has: ${symbols}`);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.tmp`; // renamed when complete: a program may be loading the one before
  const { status, error } = spawnSync(strip, ['-o', temporary, addon], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${strip}: ${error?.message ?? `exit code ${status}`}`);
  fs.renameSync(temporary, target);
  writeStamp(target, sources);
  console.log(`${target}: ${fs.statSync(target).size} bytes`);
}

const asked = process.argv.slice(2);
for (const arch of asked.length > 0 ? asked : [process.arch]) {
  const known = [...new Set([process.arch, ...Object.keys(targets)])];
  if (!known.includes(arch)) throw new Error(`expected one of ${known.join(', ')} but received ${arch}`);
  prebuild(arch);
}
