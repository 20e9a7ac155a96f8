// npm run bench:training: CPU seconds of the whole way to PCQAT (prune, cluster, quantize, export) of MobileNet 0.25, ours and
// TFMOT's in alternation, from the same float weights, with the same steps and threads. TFMOT (some 900 MB) is installed into the
// cache folder. Needs WEIGHTFOLD_DATA with tfmot/ and fashion-mnist/.
// Options: --rounds N (3), --record
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { expectHardware, UsageError } from '@weightfold/base';
import { loadDataset } from '@weightfold/datasets';
import { optimize, parseConfig } from '@weightfold/optimizer';
import { installTfmot } from '@weightfold/rivals';
import { recordBaselines } from '../baselines.js';
import { BenchError } from '../errors.js';
import { median } from '../statistics.js';
import { command, wholeNumber } from './command.js';
import { tfmotNetworks } from './tfmot-networks.js';

const script = fileURLToPath(new URL('../../python/tfmot_training.py', import.meta.url));
const threads = process.env.TF_NUM_INTRAOP_THREADS ?? '2'; // the optimizer's own default
const [examples, batchSize, clusters, learningRate] = [15000, 100, 16, 2e-4];

/** CPU seconds by part of the pipeline. */
type Parts = Record<string, number>;

async function ours(weights: string, folder: string): Promise<Parts> {
  const { config: given } = tfmotNetworks.mobilenet();
  const config = parseConfig({ schemaVersion: 1, baseWeights: weights, clusters, batchSize, ...given });
  const stages = await optimize({
    config,
    dataset: await loadDataset('fashion-mnist'),
    outDir: path.join(folder, 'run'),
    fresh: true,
  });
  return Object.fromEntries(stages.map(({ name, cpuSeconds }) => [name, cpuSeconds!]));
}

function theirs(data: string, folder: string, pythonPath: string): Parts {
  const of = (name: string) => path.join(data, 'tfmot', `mobilenet025_${name}`);
  const files = [of('architecture.json'), of('base.weights.h5'), path.join(data, 'fashion-mnist')];
  const settings = [examples, batchSize, clusters, learningRate].map(String);
  const env = {
    ...process.env,
    PYTHONPATH: pythonPath,
    TF_USE_LEGACY_KERAS: '1',
    TF_CPP_MIN_LOG_LEVEL: '3',
    TF_NUM_INTRAOP_THREADS: threads,
    CUDA_VISIBLE_DEVICES: '',
  };
  const words = [script, ...files, path.join(folder, 'tfmot.tflite'), ...settings];
  const result = spawnSync('python3', words, { env, encoding: 'utf8', timeout: 1_800_000 });
  if (result.status !== 0)
    throw new BenchError(
      `TFMOT ended with ${result.status ?? result.signal}: ${result.stderr.slice(-2000)}`,
      {
        code: 'RIVAL_FAILED',
      },
    );
  const lines = result.stdout.split('\n').filter((line) => line.startsWith('{'));
  return Object.fromEntries(lines.map((line) => JSON.parse(line)).map((one) => [one.part, one.cpuSeconds]));
}

/** What both do: the base is given, and loading it is left out. */
const total = (parts: Parts) =>
  ['pruned', 'sparse-clustered', 'pcqat', 'export'].reduce((sum, part) => sum + (parts[part] ?? 0), 0);

function summary(implementation: string, rounds: Parts[]) {
  const of = (part: string) => median(rounds.map((parts) => parts[part] ?? 0)).toFixed(1);
  return {
    model: 'mobilenet-v1-0.25',
    implementation,
    threads,
    rounds: rounds.length,
    pruned: of('pruned'),
    sparseClustered: of('sparse-clustered'),
    pcqat: of('pcqat'),
    export: of('export'),
    cpuSeconds: median(rounds.map(total)).toFixed(1),
  };
}

await command(async () => {
  expectHardware();
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '3' }, record: { type: 'boolean' } },
  });
  const count = wholeNumber('rounds', values.rounds);
  const data = process.env.WEIGHTFOLD_DATA;
  const weights = tfmotNetworks.mobilenet().weights;
  if (!data || !weights)
    throw new UsageError('WEIGHTFOLD_DATA has no tfmot/mobilenet025_base.weights.h5', {
      expected: 'a folder with tfmot/ and fashion-mnist/',
    });
  const pythonPath = await installTfmot((message) => console.error(message));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weightfold-training-'));
  const rounds: { ours: Parts; theirs: Parts }[] = [];
  try {
    for (let round = 1; round <= count; round++) {
      rounds.push({ theirs: theirs(data, folder, pythonPath), ours: await ours(weights, folder) });
      const { ours: mine, theirs: other } = rounds.at(-1)!;
      console.error(
        `round ${round}: ours ${total(mine).toFixed(1)}, TFMOT ${total(other).toFixed(1)} CPU seconds`,
      );
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  const rows = [
    summary(
      'weightfold',
      rounds.map((round) => round.ours),
    ),
    summary(
      'tfmot',
      rounds.map((round) => round.theirs),
    ),
  ];
  console.table(rows);
  const ratio = median(rounds.map((round) => total(round.ours) / total(round.theirs)));
  console.log(`ours takes ${ratio.toFixed(2)} of TFMOT's CPU seconds (median of ${rounds.length} rounds)`);
  if (values.record)
    console.error(`recorded in ${recordBaselines('training', ['model', 'implementation', 'threads'], rows)}`);
  return ratio <= 1 ? 0 : 3;
});
