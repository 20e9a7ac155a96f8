#!/usr/bin/env node
// The demo: trains MobileNet v1 through base, pruned, clustered and PCQAT on Fashion-MNIST, measures every stage, prints the
// table and writes the report. It is nothing but two calls of the command line; the same command resumes a stopped run.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from './setup/common.mjs';

const weightfold = path.join(root, 'apps/cli/bin/weightfold.mjs');
const runDir = '.weightfold/runs/demo';

for (const args of [
  ['optimize', '-c', 'demo', '-o', runDir, ...process.argv.slice(2)],
  ['report', runDir, '-o', `${runDir}/report.html`],
]) {
  const { status, signal } = spawnSync(process.execPath, [weightfold, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? (signal === 'SIGINT' ? 130 : 143));
}
