// npm run arm:conformance [-- FOLDER|FILE …]: every model that runs here, on the static arm64 runner under QEMU as each CPU, gives the bytes of
// this machine's scalar kernels for the same seeded input. Without arguments: the models of the data folder (WEIGHTFOLD_DATA, else ../shared/data).
// Exits 1 when bytes differ or the runner fails.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UnsupportedError } from '@weightfold/base';
import { conformance } from '../arm/conformance.js';
import { armCpus, expectArmTools } from '../arm/emulator.js';
import { type ArmJob, armJob, placeRunner } from '../arm/job.js';
import { command } from './command.js';
import { modelFiles } from './model-files.js';

const data =
  process.env.WEIGHTFOLD_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

/** A string says why the model does not run here. */
function jobOrReason(file: string): ArmJob | string {
  try {
    return armJob(file);
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return error.message;
  }
}

async function compareAll(files: string[], dir: string): Promise<number> {
  const runner = await placeRunner(dir);
  const skipped: string[] = [];
  let [models, different] = [0, 0];
  console.log(`| model | ${armCpus.join(' | ')} |\n| --- |${' --- |'.repeat(armCpus.length)}`);
  for (const file of files) {
    const job = jobOrReason(file);
    if (typeof job === 'string') {
      skipped.push(job);
      continue;
    }
    const results = await conformance(job, runner, dir);
    models++;
    different += results.filter(({ difference }) => difference !== null).length;
    console.log(`| ${[job.model, ...results.map(({ difference }) => difference ?? 'equal')].join(' | ')} |`);
  }
  for (const reason of skipped) console.log(`does not run here: ${reason}`);
  console.log(
    `${models} models × ${armCpus.length} CPUs: ${different} differ; ${skipped.length} do not run here`,
  );
  return models > 0 && different === 0 ? 0 : 1;
}

await command(async () => {
  const { positionals } = parseArgs({ allowPositionals: true });
  const given = positionals.length > 0 ? positionals : [path.join(data, 'models'), path.join(data, 'tfmot')];
  const files = given.flatMap(modelFiles);
  expectArmTools();
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-arm-'));
  try {
    return await compareAll(files, dir);
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});
