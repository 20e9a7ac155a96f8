#!/usr/bin/env node
// All tests, after set-up: static checks, C++ tests (ctest), TypeScript tests (vitest). Each suite reports how many
// passed and failed; the last line is their sum, and the exit code is 1 unless every suite ran and nothing failed.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './setup/common.mjs';

const minute = 60_000;
const bin = (name) => path.join(root, 'node_modules/.bin', name);
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' };
env.WEIGHTFOLD_PYTHON_RIVALS = rivalsPath();

/** PYTHONPATH of LiteRT and TensorFlow Lite Micro, the outside judges; installed now when they are not there yet. */
function rivalsPath() {
  const script = path.join(root, 'rivals/dist/commands/install.js');
  const result = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 10 * minute,
  });
  // Without them, tests that need them fail in CI and are skipped, and counted, elsewhere.
  return result.status === 0 ? result.stdout.trim().split('\n').at(-1) : '';
}

const checks = [
  ['biome', bin('biome'), ['ci', '--error-on-warnings', '.']],
  ['types of the tests', bin('tsc'), ['-p', 'tsconfig.tests.json']],
  ['knip', bin('knip'), []],
  ['turbo boundaries', bin('turbo'), ['boundaries']],
  ['architecture rules', process.execPath, ['scripts/check-architecture.mjs']],
  ['clang-format', process.execPath, ['scripts/check-format.mjs']],
];

function staticChecks() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, command, args] of checks) {
    const result = spawnSync(command, args, { cwd: root, env, encoding: 'utf8', timeout: 5 * minute });
    const ok = result.status === 0;
    counts[ok ? 'passed' : 'failed'] += 1;
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
    if (!ok) console.log(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`);
  }
  return counts;
}

function nativeTests() {
  const script = path.join(root, 'packages/runtime-native/scripts/ctest.mjs');
  const result = spawnSync(process.execPath, [script], {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 20 * minute, // of which up to 16 are for Arm, compiling included
  });
  console.log(result.stdout + result.stderr);
  const line = /(\d+) passed, (\d+) failed\s*$/.exec(result.stdout);
  if (!line) return { passed: 0, failed: 1, skipped: 0 };
  return {
    passed: Number(line[1]),
    failed: Math.max(Number(line[2]), result.status === 0 ? 0 : 1),
    skipped: 0,
  };
}

/** Seconds vitest may take; it needs 5 to 10 minutes, 20 on a busy machine. */
const vitestSeconds = 25 * 60;

function typescriptTests() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weightfold-test-'));
  const file = path.join(folder, 'progress.jsonl');
  const reporters = ['--reporter=default', '--reporter=./scripts/test-progress.mjs'];
  const words = ['run', ...reporters, ...process.argv.slice(2)];
  const result = spawnSync(
    process.execPath,
    ['scripts/with-time-limit.mjs', String(vitestSeconds), bin('vitest'), ...words],
    { cwd: root, env: { ...env, TMPDIR: folder, WEIGHTFOLD_TEST_PROGRESS: file }, stdio: 'inherit' },
  );
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  fs.rmSync(folder, { recursive: true, force: true });
  const lines = text.split('\n').filter(Boolean);
  const events = lines.map((line) => JSON.parse(line));
  const finished = events.filter((event) => event.counts);
  const ended = new Set(finished.map((event) => event.file));
  const unfinished = events.filter((event) => !ended.has(event.file)).map((event) => event.file);
  if (unfinished.length > 0) console.log(`test files without a result: ${unfinished.join(', ')}`);
  const sum = (key) => finished.reduce((total, { counts }) => total + counts[key], 0);
  const complete = finished.length > 0 && unfinished.length === 0 && result.status === 0;
  return {
    passed: sum('passed'),
    failed: Math.max(sum('failed'), complete ? 0 : 1),
    skipped: sum('skipped'),
  };
}

const suites = [
  ['static checks', staticChecks()],
  ['C++ (ctest)', nativeTests()],
  ['TypeScript (vitest)', typescriptTests()],
];
console.log('');
for (const [name, { passed, failed, skipped }] of suites) {
  console.log(`${name}: ${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
}
const sum = (key) => suites.reduce((total, [, counts]) => total + counts[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exit(sum('failed') === 0 ? 0 : 1);
