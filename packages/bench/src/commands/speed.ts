// npm run bench:speed -- FILE …: µs per inference of our runtime and of LiteRT with XNNPACK and with its reference kernels,
// interleaved, one thread. Options: --runs N, --against litert,litert-ref,tflm, --record
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { expectHardware, WeightfoldError } from '@weightfold/base';
import { Model } from '@weightfold/runtime-native';
import { recordBaselines } from '../baselines.js';
import { type BenchResult, benchModels } from '../measure/bench-models.js';
import { command, wholeNumber } from './command.js';
import { modelFiles } from './model-files.js';

const named = (file: string) => path.basename(file).replace(/\.tflite$/, '');

function print({ results, ratios, refused }: BenchResult): void {
  for (const { model, engine, medianUs, p95Us, trusted } of results) {
    const figures = `${medianUs.toFixed(1)} µs, p95 ${p95Us.toFixed(1)} µs`;
    console.log(`${named(model)}\t${engine}\t${figures}${trusted ? '' : ' (not to be trusted)'}`);
  }
  for (const { model, engine, versus, ratio, ci95 } of ratios) {
    const interval = ci95.map((x) => x.toFixed(2)).join(', ');
    console.log(`${named(model)}\t${engine} is ${ratio.toFixed(2)} times as fast as ${versus} [${interval}]`);
  }
  for (const { model, engine, reason } of refused)
    console.log(`${named(model)}\t${engine}\trefused: ${reason.slice(0, 100)}`);
}

/** A rival that refused has a row without a ratio. */
function record({ results, ratios, refused }: BenchResult): string {
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown';
  const rows = ratios.map(({ model, engine, versus, ratio, ci95: [low, high] }) => ({
    model: named(model),
    isa: engine.replace('weightfold-', ''),
    engine: versus,
    ratio: ratio.toFixed(3),
    ciLow: low.toFixed(3),
    ciHigh: high.toFixed(3),
    trusted: String(results.filter((row) => row.model === model).every((row) => row.trusted)),
    cpu,
  }));
  const isa = results[0]!.engine.replace('weightfold-', '');
  const without = refused.map(({ model, engine }) => ({
    model: named(model),
    isa,
    engine,
    ratio: '',
    ciLow: '',
    ciHigh: '',
    trusted: 'refused',
    cpu,
  }));
  return recordBaselines('speed', ['model', 'isa', 'engine', 'cpu'], [...rows, ...without]);
}

/** Whether our runtime has all that the model needs; what it lacks is printed. */
function canRun(file: string): boolean {
  try {
    Model.load(file).dispose();
    return true;
  } catch (error) {
    if (!(error instanceof WeightfoldError && error.exitCode === 4)) throw error;
    console.error(`skipped ${file}: ${error.message}`);
    return false;
  }
}

await command(async () => {
  expectHardware();
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '500' },
      against: { type: 'string', default: 'litert,litert-ref' },
      record: { type: 'boolean' },
    },
  });
  const runs = wholeNumber('runs', flags.runs);
  const models = positionals.flatMap(modelFiles).filter(canRun);
  if (models.length === 0) {
    console.error('expected models that run here: npm run bench:speed -- MODEL.tflite --runs 500');
    return 2;
  }
  const against = flags.against.split(',');
  const onProgress = (message: string) => console.error(message);
  const result = await benchModels({ models, against, runs, onProgress });
  print(result);
  if (flags.record) console.error(`recorded in ${record(result)}`);
  return 0;
});
