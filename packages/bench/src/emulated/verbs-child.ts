// Runs in an arm64 Node, from an installed package: node verbs-child.js CLI MODEL MARK RUNS. Starting Node takes longest there, so that one
// process does what many would: it runs the command line's main module for each list of words in RUNS (JSON), each as if it were the
// only one, and prints a line of MARK and its exit code behind what it printed; a last line tells the times that the API gives.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { WeightfoldError } from '@weightfold/base';
import { compress } from '@weightfold/compressor';
import { decodeContainer, Model } from '@weightfold/runtime-native';
import type { ApiTimes } from './verbs.js';

const [cli, file, mark, runs] = process.argv.slice(2) as [string, string, string, string];
const main = pathToFileURL(path.join(path.dirname(cli), '../dist/main.js')).href;

for (const [i, words] of (JSON.parse(runs) as string[][]).entries()) {
  process.exitCode = undefined;
  process.argv = [process.execPath, cli, ...words];
  await import(`${main}?${i}`); // of each address there is a module of its own
  console.log(`${mark}${process.exitCode}`);
}
process.exitCode = 0;

/** The code of the error that ends this; null when nothing does. */
function errorOf(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof WeightfoldError) return error.code;
    throw error;
  }
}

const { bytes, report } = compress(new Uint8Array(fs.readFileSync(file)), { level: 'fast' });
const { decodeMs, hashMs } = decodeContainer(bytes);
const model = Model.load(bytes);
const profile = errorOf(() => model.profile(1));
model.dispose();
console.log(JSON.stringify({ encodeMs: report.encodeMs, decodeMs, hashMs, profile } satisfies ApiTimes));
