#!/usr/bin/env node
// Builds one C++ test with AddressSanitizer and UndefinedBehaviorSanitizer into build/sanitized and runs it with the arguments that follow:
//   node scripts/sanitized-test.mjs [--build-only] codecs-container [ARGUMENTS]
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { packageDir } from './build-native.mjs';

const buildOnly = process.argv[2] === '--build-only';
const [name, ...args] = process.argv.slice(buildOnly ? 3 : 2);
const out = path.join(packageDir, 'build', 'sanitized');
const sanitizers = '-fsanitize=address,undefined -fno-sanitize-recover=all';

function run(command, commandArgs, stdout) {
  const { status } = spawnSync(command, commandArgs, { stdio: ['ignore', stdout, 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

const settings = ['-DWEIGHTFOLD_BUILD_TESTS=ON', `-DCMAKE_CXX_FLAGS=${sanitizers}`];
run('cmake', ['-S', packageDir, '-B', out, ...settings], 2);
run('cmake', ['--build', out, '--target', `test-${name}`, '--parallel', '2'], 2);
if (!buildOnly) run(path.join(out, `test-${name}`), args, 'inherit');
