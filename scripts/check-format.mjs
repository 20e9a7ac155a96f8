#!/usr/bin/env node
// clang-format of the C++ sources, pinned: other versions format differently. `--write` rewrites the files.
// The program comes from PyPI into the cache folder; Debian's own is years older.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { cacheDir, root } from './setup/common.mjs';

const version = '23.1.5';
const folder = path.join(cacheDir(), `clang-format-${version}`);
const program = path.join(folder, 'clang_format/data/bin/clang-format');

if (!fs.existsSync(program)) {
  const temporary = `${folder}.${process.pid}.tmp`;
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--root-user-action=ignore',
  ];
  const result = spawnSync('python3', [...args, '--target', temporary, `clang-format==${version}`], {
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0) {
    console.error(`cannot install clang-format==${version} with pip; see the message above`);
    process.exit(1);
  }
  fs.rmSync(folder, { recursive: true, force: true });
  fs.renameSync(temporary, folder);
}

const listed = spawnSync('git', ['ls-files', '*.c', '*.cc', '*.h', '*.inc'], { cwd: root, encoding: 'utf8' });
const files = listed.stdout.split('\n').filter((file) => file && fs.existsSync(path.join(root, file)));
const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '--Werror'];
if (files.length > 0) {
  const result = spawnSync(program, [...mode, ...files], { cwd: root, stdio: 'inherit' });
  process.exit(result.status ?? 1);
}
