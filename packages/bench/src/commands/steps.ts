// npm run bench:steps: trains PCQAT of MobileNet 0.25 for many steps and prints time, memory and tensors as it goes. Memory has to
// stay flat: it exits 3 when the last quarter needs 5 % more than the second.
// Options: --steps N (2000)
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { expectHardware } from '@weightfold/base';
import { loadDataset, takeExamples } from '@weightfold/datasets';
import { optimize, parseConfig } from '@weightfold/optimizer';
import { median } from '../statistics.js';
import { command, wholeNumber } from './command.js';

const every = 100;

await command(async () => {
  expectHardware();
  const { values } = parseArgs({ options: { steps: { type: 'string', default: '2000' } } });
  const steps = wholeNumber('steps', values.steps);
  const quantized = {
    name: 'pcqat',
    from: 'base',
    epochs: Math.ceil(steps / 100),
    examples: 10_000,
    learningRate: 1e-3,
    constraints: [{ type: 'sparsity', target: 0.5 }, { type: 'cluster', clusters: 16 }, { type: 'quantize' }],
  };
  const base = { name: 'base', epochs: 0, learningRate: 1 };
  const config = parseConfig({ schemaVersion: 1, recipe: { stages: [base, quantized] } });
  const fashion = await loadDataset('fashion-mnist');
  const dataset = { ...fashion, test: takeExamples(fashion.test, 100) };
  const outDir = fs.mkdtempSync(path.join(os.tmpdir(), 'weightfold-steps-'));
  const memory: number[] = [];
  const times: number[] = [];
  let last = performance.now();
  try {
    await optimize({
      config,
      dataset,
      outDir,
      onEvent: ({ type, stage, step }) => {
        if (type !== 'step' || stage !== 'pcqat' || step! % every !== 0) return;
        const now = performance.now();
        times.push((now - last) / every);
        last = now;
        memory.push(process.memoryUsage.rss() / 2 ** 20);
        console.log(`${step}\t${times.at(-1)!.toFixed(1)} ms a step\t${memory.at(-1)!.toFixed(0)} MiB`);
      },
    });
  } finally {
    fs.rmSync(outDir, { recursive: true, force: true });
  }
  const quarter = Math.floor(memory.length / 4);
  const [early, late] = [memory.slice(quarter, 2 * quarter), memory.slice(-quarter)].map(median) as [
    number,
    number,
  ];
  console.log(
    `median ${median(times).toFixed(1)} ms a step; memory ${early.toFixed(0)} MiB, then ${late.toFixed(0)} MiB`,
  );
  return late <= 1.05 * early ? 0 : 3;
});
