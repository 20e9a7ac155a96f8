#!/usr/bin/env node
// Packs weightfold to be installed without a registry of its own and without a compiler, here or on a board: a tarball of each
// package, with native addons for Linux. After set-up:
//   npm run tarballs -- [-o FOLDER] [--arch x64,arm64] [PACKAGE …]
// Without PACKAGE the command line is packed, and what it depends on: it runs, packs and measures. With @weightfold/optimizer
// it trains, too. To be installed all at once: npm install FOLDER/*.tgz
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './setup/common.mjs';

const read = (folder) => JSON.parse(fs.readFileSync(path.join(root, folder, 'package.json'), 'utf8'));

/** package.json of each workspace, by its name. */
function workspaces() {
  const folders = read('.').workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return fs.readdirSync(path.join(root, parent)).map((name) => path.join(parent, name));
  });
  return new Map(folders.map((folder) => [read(folder).name, read(folder)]));
}

/** Those packages, and all of this repository that they depend on. */
function withDependencies(names) {
  const known = workspaces();
  const unknown = names.find((name) => !known.has(name));
  if (unknown) throw new Error(`expected one of ${[...known.keys()].join(', ')} but received ${unknown}`);
  const wanted = new Set(names);
  for (const name of wanted) {
    for (const other of Object.keys(known.get(name).dependencies ?? {}))
      if (known.has(other)) wanted.add(other);
  }
  return [...wanted];
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${command} ${args[0]}: ${error?.message ?? `exit code ${status}`}`);
}

/** Those of another version would be installed beside these. */
function removeOldTarballs(folder) {
  for (const name of fs.readdirSync(folder))
    if (/^weightfold-.*\.tgz$/.test(name)) fs.rmSync(path.join(folder, name));
}

/** What was not asked for may be older than its sources. */
function removeOtherAddons(archs) {
  const prebuilds = path.join(root, 'packages/runtime-native/prebuilds');
  const wanted = archs.map((arch) => `weightfold-linux-${arch}`);
  for (const name of fs.readdirSync(prebuilds))
    if (!wanted.includes(name)) fs.rmSync(path.join(prebuilds, name), { recursive: true });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string', short: 'o', default: 'tarballs' },
    arch: { type: 'string', default: process.arch },
  },
});
const names = withDependencies(['weightfold', ...positionals]);
const folder = path.resolve(values.output);
const archs = values.arch.split(',');
run(process.execPath, ['packages/runtime-native/scripts/prebuild.mjs', ...archs]);
removeOtherAddons(archs);
fs.mkdirSync(folder, { recursive: true });
removeOldTarballs(folder);
run('npm', ['pack', '--silent', '--pack-destination', folder, ...names.flatMap((name) => ['-w', name])]);
console.log(folder);
