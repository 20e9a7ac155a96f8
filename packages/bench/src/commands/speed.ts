// npm run bench:speed -- FILE …: µs per inference of our runtime and LiteRT (XNNPACK), interleaved, one thread.
// Options: --runs N, --against litert,litert-ref,tflm, --record
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { recordBaselines } from '../baselines.js';
import { benchModels } from '../measure/bench-models.js';

const { values: flags, positionals: models } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '500' },
    against: { type: 'string', default: 'litert' },
    record: { type: 'boolean' },
  },
});
if (models.length === 0) {
  console.error(
    'expected models: npm run bench:speed -- ../shared/data/models/mlperf_kws01_dscnn_int8.tflite',
  );
  process.exit(2);
}
const { results, ratios } = await benchModels({
  models,
  against: flags.against.split(','),
  runs: Number(flags.runs),
  onProgress: (message) => console.error(message),
});
for (const row of results) {
  const figures = `${row.medianUs.toFixed(1)} µs, p95 ${row.p95Us.toFixed(1)} µs`;
  console.log(
    `${path.basename(row.model)}\t${row.engine}\t${figures}${row.trusted ? '' : ' (not to be trusted)'}`,
  );
}
for (const { model, engine, versus, ratio, ci95 } of ratios) {
  console.log(
    `${path.basename(model)}\t${engine} is ${ratio.toFixed(2)} times as fast as ${versus} [${ci95.map((x) => x.toFixed(2)).join(', ')}]`,
  );
}
if (flags.record) {
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown';
  const rows = ratios.map(({ model, engine, versus, ratio }) => ({
    model: path.basename(model, '.tflite'),
    isa: engine.replace('weightfold-', ''),
    engine: versus,
    ratio: ratio.toFixed(3),
    cpu,
  }));
  console.error(`recorded in ${recordBaselines('speed', ['model', 'isa', 'engine', 'cpu'], rows)}`);
}
