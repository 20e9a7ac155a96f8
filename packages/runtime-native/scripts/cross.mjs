// How C++ is compiled for Arm on another machine: with Debian's cross compilers, one build folder for each, which
// addon, runner and tests share, so that kernels are compiled once.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { packageDir } from './build-native.mjs';

const require = createRequire(import.meta.url);

/** Machines, by Node's name of their architecture: what `uname -m` says there, and the names of their tools here. */
export const targets = {
  arm64: { machine: 'aarch64', triple: 'aarch64-linux-gnu', emulator: 'qemu-aarch64' },
  arm: { machine: 'armv7l', triple: 'arm-linux-gnueabihf', emulator: 'qemu-arm' },
};

export const compilerOf = ({ triple }) => `${triple}-g++`;
export const works = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/** Ends this process when what compiles for a machine is missing, this one unless named, and says how to install it. */
export function expectCompiler(what, target) {
  const packages = target
    ? { cmake: 'cmake', [compilerOf(target)]: `g++-${target.triple}` }
    : { cmake: 'cmake', 'g++': 'g++' };
  const missing = Object.keys(packages).filter((tool) => !works(tool));
  if (missing.length === 0) return;
  const install = missing.map((tool) => packages[tool]).join(' ');
  console.error(`${what} needs ${missing.join(' and ')}: sudo apt-get install -y ${install}`);
  process.exit(1);
}

/** Where addon and tests for a machine are built. */
export const crossDir = ({ triple }) => path.join(packageDir, 'build', triple);

/** Settings of CMake for a machine: programs are linked statically, so that an emulator or a board needs nothing else. */
export const crossSettings = ({ triple }, more = {}) =>
  Object.entries({
    CMAKE_TOOLCHAIN_FILE: path.join(packageDir, 'cmake', `${triple}.cmake`),
    CMAKE_EXE_LINKER_FLAGS: '-static',
    CMAKE_JS_INC: require('node-api-headers').include_dir,
    CMAKE_BUILD_TYPE: 'Release',
    ...more,
  }).map(([key, value]) => `-D${key}=${value}`);

/**
 * Configures a build folder and builds targets in it, all when none is named. One build at a time in a folder: tests and
 * measurements may start several at once. A failure ends this process.
 */
export function cmakeBuild(out, settings, names = []) {
  fs.mkdirSync(out, { recursive: true });
  const generator = works('ninja') ? ['-G', 'Ninja'] : [];
  const steps = [
    ['-S', packageDir, '-B', out, ...generator, ...settings],
    ['--build', out, ...names.flatMap((name) => ['--target', name]), '--parallel', '2'],
  ];
  for (const args of steps) {
    const locked = [path.join(out, '.lock'), 'cmake', ...args];
    const { status, error } = spawnSync('flock', locked, { stdio: ['ignore', 2, 2] });
    if (error) throw error;
    if (status !== 0) process.exit(status ?? 1);
  }
}
