// npm run arm:count -- MODEL|FOLDER …: instructions, bytes loaded and bytes stored of each op and of an inference, counted in the static
// arm64 runner under QEMU. They tell what a change of a kernel did to its work; they are no times, and their ratios no speed-ups.
// Options: --cpu NAME (may be repeated; cortex-a53 and cortex-a76 when not given), --record (in packages/bench/baselines)
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '@weightfold/base';
import { armToolchain, counterPlugin, countOps, totalOf } from '../arm/count.js';
import { type ModelCounts, recordCounts } from '../arm/count-rows.js';
import { type ArmCpu, armCpus, expectArmTools } from '../arm/emulator.js';
import { armJob, placeRunner } from '../arm/job.js';
import { command } from './command.js';
import { modelFiles } from './model-files.js';

function expectCpu(name: string): ArmCpu {
  const cpu = armCpus.find((known) => known === name);
  if (cpu !== undefined) return cpu;
  const expected = armCpus.join(', ');
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

async function countAll(files: string[], cpus: ArmCpu[], dir: string): Promise<ModelCounts[]> {
  const [runner, plugin] = [await placeRunner(dir), await counterPlugin()];
  const toolchain = await armToolchain();
  const all: ModelCounts[] = [];
  for (const job of files.map(armJob)) {
    for (const cpu of cpus) {
      const ops = await countOps(job, cpu, runner, plugin, dir);
      all.push({ model: job.model, cpu, ops, toolchain });
      print(all.at(-1)!);
    }
  }
  return all;
}

await command(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      cpu: { type: 'string', multiple: true, default: ['cortex-a53', 'cortex-a76'] },
      record: { type: 'boolean' },
    },
  });
  const [files, cpus] = [positionals.flatMap(modelFiles), values.cpu.map(expectCpu)];
  if (files.length === 0) {
    console.error('expected models: npm run arm:count -- MODEL.tflite');
    return 2;
  }
  expectArmTools();
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-arm-'));
  try {
    const counts = await countAll(files, cpus, dir);
    if (values.record) console.error(`recorded in ${recordCounts(counts)}`);
    return 0;
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});
