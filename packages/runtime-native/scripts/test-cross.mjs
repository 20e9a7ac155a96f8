#!/usr/bin/env node
// Cross-compiles the C++ tests for Arm and runs them under qemu: every kernel must give the scalar bytes, and hostile plans and
// containers must be refused where size_t has 32 bits, too. Exits with 77 (skipped, as ctest knows it) when the tools are
// missing, but with 1 when CI is set.
//   node scripts/test-cross.mjs arm64|arm [TEST …]     tests by ctest's names, as kernels-conv; all when none is named
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { cmakeBuild, compilerOf, crossDir, crossSettings, targets, works } from './cross.mjs';

const [arch, ...names] = process.argv.slice(2);
const target = targets[arch];
if (!target) {
  console.error(`expected one of ${Object.keys(targets).join(', ')} but received ${arch}`);
  process.exit(2);
}
const emulator = [target.emulator, `${target.emulator}-static`].find(works);
if (!works(compilerOf(target)) || !emulator) {
  const packages = `g++-${target.triple} qemu-user`;
  console.log(
    `tests for ${target.machine} need ${compilerOf(target)} and ${target.emulator}: sudo apt-get install -y ${packages}`,
  );
  process.exit(process.env.CI ? 1 : 77);
}
const out = crossDir(target);
cmakeBuild(
  out,
  crossSettings(target, { CMAKE_CROSSCOMPILING_EMULATOR: emulator, WEIGHTFOLD_BUILD_TESTS: 'ON' }),
  names.map((name) => `test-${name}`),
);
const chosen = names.length > 0 ? ['-R', `^(${names.join('|')})$`] : [];
const parallel = ['-j', `${os.availableParallelism()}`];
const result = spawnSync(
  'ctest',
  ['--test-dir', out, '--output-on-failure', '--no-tests=error', ...chosen, ...parallel],
  { stdio: 'inherit' },
);
process.exit(result.status ?? 1);
