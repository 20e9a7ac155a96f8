#!/usr/bin/env node
// Cross-compiles the C++ tests for arm64 and runs them under qemu: the NEON kernels must give the scalar bytes. Exits with 77
// (skipped, as ctest knows it) when the tools are missing, but with 1 when CI is set.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { arm64Compiler, crossSettings } from './cross.mjs';

const packageDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const out = path.join(packageDir, 'build', 'arm64');
const works = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
const emulator = ['qemu-aarch64', 'qemu-aarch64-static'].find(works);

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: packageDir, stdio: 'inherit' });
  if (status !== 0) process.exit(status === 77 ? 1 : (status ?? 1));
}

if (!works(arm64Compiler) || !emulator) {
  console.log(
    `arm64 tests need ${arm64Compiler} and qemu-aarch64: sudo apt-get install -y g++-aarch64-linux-gnu qemu-user`,
  );
  process.exit(process.env.CI ? 1 : 77);
}
const settings = crossSettings({ CMAKE_CROSSCOMPILING_EMULATOR: emulator, WEIGHTFOLD_BUILD_TESTS: 'ON' });
run('cmake', ['-S', packageDir, '-B', out, ...(works('ninja') ? ['-G', 'Ninja'] : []), ...settings]);
run('cmake', ['--build', out, '--parallel', '2']);
const result = spawnSync(
  'ctest',
  [
    '--test-dir',
    out,
    '--output-on-failure',
    '-R',
    'kernels|codecs|wfz|weak|spills|plan|threads',
    '--no-tests=error',
  ],
  {
    stdio: 'inherit',
  },
);
process.exit(result.status ?? 1);
