// npm run bench:resume: trains the way to PCQAT once in one go, and once killed with SIGKILL at random moments and taken up
// again, until it has been killed as often as asked; then compares the bytes of all exported files.
// Options: --kills N (10), --seed N (of the moments)
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { expectHardware } from '@weightfold/base';
import { loadDataset, takeExamples } from '@weightfold/datasets';
import { optimize, parseConfig } from '@weightfold/optimizer';
import { BenchError } from '../errors.js';
import { randomInteger } from '../random.js';
import { command, wholeNumber } from './command.js';

/** A minute of training, so that ten kills fall into all stages. */
const config = parseConfig({
  schemaVersion: 1,
  seed: 7,
  baseTraining: { epochs: 1, examples: 6000, learningRate: 2e-3 },
  fineTuning: { epochs: 1, examples: 6000, learningRate: 1e-3 },
  checkpointSteps: 10,
});

async function train(outDir: string): Promise<number> {
  const fashion = await loadDataset('fashion-mnist');
  const dataset = { ...fashion, test: takeExamples(fashion.test, 500) };
  const onEvent = ({ type, stage, step }: { type: string; stage?: string; step?: number }) => {
    if (type !== 'step') console.error([type, stage, step].filter(Boolean).join(' '));
  };
  const stages = await optimize({ config, dataset, outDir, onEvent });
  fs.writeFileSync(path.join(outDir, 'hashes.json'), JSON.stringify(stages.map(({ sha256 }) => sha256)));
  return 0;
}

/** Trains in a process of its own; kills it after some seconds when they are given. Returns its signal or exit code. */
function child(outDir: string, killAfter: number | null): Promise<string | number | null> {
  const words = [fileURLToPath(import.meta.url), '--child', outDir];
  const trainer = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const timer = killAfter === null ? null : setTimeout(() => trainer.kill('SIGKILL'), killAfter * 1000);
  return new Promise((resolve) =>
    trainer.on('close', (code, signal) => {
      if (timer) clearTimeout(timer);
      resolve(signal ?? code);
    }),
  );
}

const hashes = (dir: string) =>
  JSON.parse(fs.readFileSync(path.join(dir, 'hashes.json'), 'utf8')) as string[];

async function compare(kills: number, seed: number): Promise<number> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weightfold-resume-'));
  const [straight, killed] = ['straight', 'killed'].map((name) => path.join(folder, name)) as [
    string,
    string,
  ];
  try {
    const began = performance.now();
    const code = await child(straight, null);
    if (code !== 0) throw new BenchError(`training ended with ${code}`, { code: 'TRAINING_FAILED' });
    const seconds = (performance.now() - began) / 1000;
    const random = randomInteger(seed);
    let done = 0;
    while (done < kills) {
      // Late enough that most runs get beyond a checkpoint, so that the run goes on from kill to kill.
      const longest = Math.max(2000, (1500 * seconds) / kills);
      const ended = await child(killed, 3 + random(longest) / 1000);
      if (ended !== 'SIGKILL') break;
      done++;
    }
    await child(killed, null);
    const same = JSON.stringify(hashes(straight)) === JSON.stringify(hashes(killed));
    console.log(`${done} kills; files of the killed run are ${same ? 'the same bytes' : 'OTHER bytes'}`);
    hashes(killed).forEach((hash, i) => void console.log(hash, hash === hashes(straight)[i] ? '=' : '≠'));
    return same && done >= kills ? 0 : 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

await command(async () => {
  expectHardware();
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      child: { type: 'string' },
    },
  });
  if (values.child) return train(values.child);
  return compare(wholeNumber('kills', values.kills), wholeNumber('seed', values.seed, 0));
});
