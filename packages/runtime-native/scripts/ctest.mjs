#!/usr/bin/env node
// Builds if needed and runs the C++ tests; the last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { buildDir, nativeUpToDate, packageDir } from './build-native.mjs';

if (!nativeUpToDate()) {
  const script = path.join(packageDir, 'scripts/build-native.mjs');
  const built = spawnSync(process.execPath, [script], { stdio: ['ignore', 2, 2] });
  if (built.status !== 0) {
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
}
const result = spawnSync(
  'ctest',
  ['--test-dir', buildDir, '--output-on-failure', '--timeout', '300', '-C', 'Release'],
  {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  },
);
const output = `${result.stdout ?? ''}${result.stderr ?? ''}`;
console.log(result.error ? `ctest does not start: ${result.error.message}` : output);
const summary = /tests passed, (\d+) tests? failed out of (\d+)/.exec(output);
const failed = summary ? Number(summary[1]) : 1;
const skipped = (output.match(/\*\*\*Skipped/g) ?? []).length;
const passed = summary ? Number(summary[2]) - failed - skipped : 0;
const ok = summary !== null && failed === 0 && passed > 0 && result.status === 0;
if (skipped > 0) console.log(`${skipped} skipped, see above for what is missing`);
console.log(`${passed} passed, ${ok ? 0 : Math.max(failed, 1)} failed`);
process.exit(ok ? 0 : 1);
