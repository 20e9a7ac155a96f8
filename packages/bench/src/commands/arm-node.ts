// npm run arm:node [-- FOLDER|FILE …]: weightfold is packed, installed for arm64 without a compiler, and every model that runs here goes through
// the public API in an arm64 Node under QEMU, as each CPU: .tflite and .wfz run, the .wfz is unpacked. All bytes must be those
// of this machine's scalar kernels. Without arguments: the models of the data folder (WEIGHTFOLD_DATA, else ../shared/data).
// Exits 1 when bytes differ.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type ApiExpectation, apiDifference, placeApiJob, runApi } from '../emulated/api.js';
import { armCpus, expectArmTools } from '../emulated/emulator.js';
import { emulatedJobOrReason } from '../emulated/job.js';
import { armNode } from '../emulated/node.js';
import { installPacked, packAll } from '../install/install.js';
import { command } from './command.js';
import { givenModels } from './model-files.js';

/** Files of all models that run here, in a folder. */
function placeAll(files: string[], dir: string): ApiExpectation[] {
  return files.flatMap((file) => {
    const job = emulatedJobOrReason(file);
    if (typeof job !== 'string') return [placeApiJob(dir, file, job)];
    console.log(`does not run here: ${job}`);
    return [];
  });
}

async function compareAll(files: string[], dir: string): Promise<number> {
  const node = await armNode();
  const [tarballs, installed, jobs] = ['tarballs', 'installed', 'jobs'].map((name) => path.join(dir, name));
  for (const folder of [tarballs!, jobs!]) fs.mkdirSync(folder);
  await installPacked(installed!, await packAll(tarballs!, ['arm64']), 'arm64');
  const expected = placeAll(files, jobs!);
  let different = 0;
  for (const cpu of armCpus) {
    const answers = await runApi(cpu, node, installed!, jobs!);
    const differences = expected.flatMap((one) => {
      const difference = apiDifference(
        one,
        answers.find(({ name }) => name === one.name),
      );
      return difference === null ? [] : [`${one.name}: ${difference}`];
    });
    different += differences.length;
    const { arch, isa } = answers[0] ?? {};
    console.log(`${cpu} (${arch}, ${isa}): ${expected.length - differences.length} models equal`);
    for (const difference of differences) console.log(`    ${difference}`);
  }
  console.log(`${expected.length} models × ${armCpus.length} CPUs: ${different} differ`);
  return expected.length > 0 && different === 0 ? 0 : 1;
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
