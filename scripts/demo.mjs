#!/usr/bin/env node
// The demo: trains MobileNet v1 through base, pruned, clustered and PCQAT on Fashion-MNIST, measures every stage, prints the
// table and writes the report. It is nothing but two calls of the command line; the same command resumes a stopped run.
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { root } from './setup/common.mjs';

const weightfold = path.join(root, 'apps/cli/bin/weightfold.mjs');
const runDir = '.weightfold/runs/demo';

for (const args of [
  ['optimize', '-c', 'demo', '-o', runDir, ...process.argv.slice(2)],
  ['report', runDir, '-o', `${runDir}/report.html`],
]) {
  const { status, signal } = await run(args);
  if (signal) console.error(`weightfold ${args[0]} was ended by ${signal}; go on with: npm run demo`);
  if (status !== 0) process.exit(status ?? 128 + os.constants.signals[signal]);
}

/** One command of weightfold to its end. */
function run(args) {
  const env = { ...process.env, WEIGHTFOLD_RESUME: 'npm run demo' };
  const child = spawn(process.execPath, [weightfold, ...args], { cwd: root, stdio: 'inherit', env });
  // A terminal sends SIGINT to the child as well: wait until it has saved its state. SIGTERM comes to this process alone.
  const ends = { SIGINT: () => {}, SIGTERM: () => child.kill('SIGTERM') };
  for (const [name, end] of Object.entries(ends)) process.on(name, end);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      for (const [name, end] of Object.entries(ends)) process.off(name, end);
      resolve({ status, signal });
    });
  });
}
