#!/usr/bin/env node
// Builds the plugin of QEMU that counts instructions (native/counting) for this machine, and prints its path.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { packageDir } from './build-native.mjs';

const out = path.join(packageDir, 'build', 'counting');
const plugin = path.join(out, 'libcount.so');
// Renamed when complete: tests and measurements may build and load it at the same time.
const temporary = `${plugin}.${process.pid}.tmp`;
const include = path.join(packageDir, 'native');
const flags = [
  `-I${include}`,
  '-std=c++17',
  '-O2',
  '-Wall',
  '-Wextra',
  '-fPIC',
  '-fvisibility=hidden',
  '-shared',
];
fs.mkdirSync(out, { recursive: true });
const source = path.join(packageDir, 'native/counting/plugin.cc');
const { status } = spawnSync('g++', [...flags, source, '-o', temporary], { stdio: ['ignore', 2, 2] });
if (status !== 0) {
  console.error('The counting plugin needs g++: sudo apt-get install -y g++');
  process.exit(1);
}
fs.renameSync(temporary, plugin);
console.log(plugin);
