// npm run arm:conformance [-- FOLDER|FILE …]: every model that runs here, in the static runners for Arm under QEMU as each CPU, gives the bytes of
// this machine's scalar kernels for the same seeded input. Without arguments: the models of the data folder (WEIGHTFOLD_DATA, else ../shared/data).
// Exits 1 when bytes differ or the runner fails.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { conformance } from '../emulated/conformance.js';
import { allArmCpus, expectArmTools } from '../emulated/emulator.js';
import { emulatedJobOrReason, placeRunners } from '../emulated/job.js';
import { command } from './command.js';
import { givenModels } from './model-files.js';

async function compareAll(files: string[], dir: string): Promise<number> {
  const runners = await placeRunners(dir);
  const skipped: string[] = [];
  let [models, different] = [0, 0];
  console.log(`| model | ${allArmCpus.join(' | ')} |\n| --- |${' --- |'.repeat(allArmCpus.length)}`);
  for (const file of files) {
    const job = emulatedJobOrReason(file);
    if (typeof job === 'string') {
      skipped.push(job);
      continue;
    }
    const results = await conformance(job, runners, dir);
    models++;
    different += results.filter(({ difference }) => difference !== null).length;
    console.log(`| ${[job.model, ...results.map(({ difference }) => difference ?? 'equal')].join(' | ')} |`);
  }
  for (const reason of skipped) console.log(`does not run here: ${reason}`);
  console.log(
    `${models} models × ${allArmCpus.length} CPUs: ${different} differ; ${skipped.length} do not run here`,
  );
  return models > 0 && different === 0 ? 0 : 1;
}

await command(async () => {
  const { positionals } = parseArgs({ allowPositionals: true });
  const files = givenModels(positionals);
  expectArmTools();
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-arm-'));
  try {
    return await compareAll(files, dir);
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});
