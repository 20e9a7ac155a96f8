// bench:fuzz: hostile files. Of .tflite: sets each byte of small models to 00, to FF and flips a bit of it, then makes random mutations
// (flips, cuts, offsets, copies, insertions); each result must be read, inspected, lowered and written again, or be refused by a
// typed error, within a second and 512 MB. With --containers: mutations of packed models and of the conformance vectors, with checksums
// made right again, on the native decoder with sanitizers and, a tenth of them, on the TypeScript one; each must give the original or be
// refused. With --plans: mutations of plans, and plans of mutated models, in the executor with sanitizers; each must run or be refused.
// Faults are written to a folder. Exits 1 when there is one.
// Options: --containers, --plans, --models FILE,FILE (default: some of WEIGHTFOLD_DATA), --count N (random mutations, 100000; of containers
// 1000000), --seed N, -o DIR, --processes N (2), --resume (with --containers: go on where the run that wrote the folder was ended; refused
// when the decoders are of another build)
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { expectHardware, UsageError } from '@weightfold/base';
import { fuzzContainers } from '../fuzz/fuzz-containers.js';
import { fuzzPlans } from '../fuzz/fuzz-plans.js';
import { exhaustiveCount } from '../fuzz/mutations.js';
import { printTotals, runStretches, stretches } from '../fuzz/run-stretches.js';
import { command, wholeNumber } from './command.js';

/** Small models with many kinds of operators; such as run in milliseconds; and such as need all codecs when they are packed. */
const varied = ['models/tflm_hello_world_int8', 'models/tflm_mnist_lstm_int8', 'models/mww_vad_v2'];
const runnable = [
  'models/tflm_hello_world_int8',
  'models/mlperf_kws01_dscnn_int8',
  'models/mlperf_ad01_int8',
];
const packable = ['models/tflm_hello_world_int8', 'models/tflm_mnist_lstm_int8', 'tfmot/dscnn_s_pcqat_int8'];

await command(async () => {
  expectHardware();
  const { values } = parseArgs({
    options: {
      containers: { type: 'boolean' },
      plans: { type: 'boolean' },
      models: { type: 'string' },
      count: { type: 'string' },
      seed: { type: 'string', default: '1' },
      output: { type: 'string', short: 'o', default: 'fuzz-faults' },
      processes: { type: 'string', default: '2' },
      resume: { type: 'boolean', default: false },
    },
  });
  const defaults = values.plans ? runnable : values.containers ? packable : varied;
  const files = values.models?.split(',') ?? defaultModels(defaults);
  const { output: folder, resume } = values;
  const seed = wholeNumber('seed', values.seed, 0);
  const processes = wholeNumber('processes', values.processes);
  const count = wholeNumber('count', values.count ?? (values.containers ? '1e6' : '1e5'));
  if (values.containers) return await fuzzContainers({ files, count, seed, folder, resume, processes });
  if (values.plans) return await fuzzPlans({ files, count, seed, folder });
  const perFile = Math.ceil(count / files.length);
  const plan = files.flatMap((file) => [
    ...stretches(file, 'exhaustive', seed, exhaustiveCount(fs.readFileSync(file)), 500),
    ...stretches(file, 'random', seed, perFile, 500),
  ]);
  const began = performance.now();
  const totals = await runStretches(plan, { folder, processes });
  return printTotals(totals, Math.round((performance.now() - began) / 1000));
});

function defaultModels(names: string[]): string[] {
  const folder = process.env.WEIGHTFOLD_DATA;
  if (!folder)
    throw new UsageError('which models?', {
      expected: '--models FILE,FILE, or WEIGHTFOLD_DATA with models/ and tfmot/',
    });
  return names.map((name) => path.join(folder, `${name}.tflite`));
}
