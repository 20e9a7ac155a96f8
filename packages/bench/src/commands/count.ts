// npm run count -- MODEL|FOLDER …: instructions, bytes loaded and bytes stored of each op and of an inference, counted in the static
// runner under QEMU. They tell what a change of a kernel did to its work; they are no times, and their ratios no speed-ups.
// Options: --cpu NAME (may be repeated; all of countedCpus when not given), --record (in packages/bench/baselines)
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '@weightfold/base';
import { countedCpus, counterPlugin, countOps, toolchainOf, totalOf } from '../counting/count.js';
import { type ModelCounts, recordCounts } from '../counting/count-rows.js';
import { type EmulatedCpu, expectArmTools, machineOf } from '../emulated/emulator.js';
import { emulatedJob, placeRunner } from '../emulated/job.js';
import { command } from './command.js';
import { modelFiles } from './model-files.js';

function expectCpu(name: string): EmulatedCpu {
  const cpu = countedCpus.find((known) => known === name);
  if (cpu !== undefined) return cpu;
  const expected = countedCpus.join(', ');
  throw new UsageError(`--cpu: expected one of ${expected} but received ${name}`, {
    where: '--cpu',
    expected,
    received: name,
  });
}

function print({ model, cpu, ops, toolchain }: ModelCounts): void {
  console.log(`\n${model}, ${cpu} (${toolchain.compiler} ${toolchain.flags})\n`);
  const heads = ['op', 'MACs', 'instructions', 'per MAC', 'bytes loaded', 'bytes stored'];
  console.log(`| ${heads.join(' | ')} |\n|${' --- |'.repeat(heads.length)}`);
  for (const { op, macs, instructions, loadedBytes, storedBytes } of [...ops, totalOf(ops)]) {
    const perMac = macs > 0 ? (instructions / macs).toFixed(3) : '–';
    console.log(`| ${[op, macs, instructions, perMac, loadedBytes, storedBytes].join(' | ')} |`);
  }
}

async function countAll(files: string[], cpus: readonly EmulatedCpu[], dir: string): Promise<ModelCounts[]> {
  const plugin = await counterPlugin();
  const all: ModelCounts[] = [];
  for (const machine of new Set(cpus.map((cpu) => machineOf(cpu)))) {
    const runner = await placeRunner(dir, machine);
    const toolchain = await toolchainOf(machine);
    for (const file of files) {
      const job = emulatedJob(file, machine);
      for (const cpu of cpus.filter((candidate) => machineOf(candidate) === machine)) {
        const ops = await countOps(job, cpu, runner, plugin, dir);
        all.push({ model: job.model, cpu, ops, toolchain });
        print(all.at(-1)!);
      }
    }
  }
  return all;
}

await command(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { cpu: { type: 'string', multiple: true }, record: { type: 'boolean' } },
  });
  const [files, cpus] = [positionals.flatMap(modelFiles), values.cpu?.map(expectCpu) ?? countedCpus];
  if (files.length === 0) {
    console.error('expected models: npm run count -- MODEL.tflite');
    return 2;
  }
  expectArmTools();
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-count-'));
  try {
    const counts = await countAll(files, cpus, dir);
    if (values.record) console.error(`recorded in ${recordCounts(counts)}`);
    return 0;
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});
