// npm run bench:schedules -- NAME: trains a network by a schedule of packages/bench/schedules (mobilenet-full, ds-cnn-l, resnet-8-cifar10 to
// PCQAT, ds-cnn-l-coded for the coded size, …-front over several λ), packs and measures every stage. A schedule is a configuration; its `points`
// are those of a sweep (sweep.ts). Data from WEIGHTFOLD_DATA or the cache. A stopped run goes on.
// Options: --seed N (1), --record, -o DIR
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runPipeline } from '../pipeline/run.js';
import { stageRows } from '../report/stage-table.js';
import { readSchedule } from '../schedules.js';
import { command, wholeNumber } from './command.js';
import { progressLines } from './progress-lines.js';
import { recordStages } from './stage-baselines.js';

await command(async () => {
  const { values, positionals } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      record: { type: 'boolean' },
      output: { type: 'string', short: 'o' },
    },
    allowPositionals: true,
  });
  const [name = ''] = positionals;
  const seed = wholeNumber('seed', values.seed, 0);
  const config = readSchedule(name, seed);
  const { stages } = await runPipeline({
    config,
    outDir: values.output ?? path.join('.weightfold/runs', `${name}-${seed}`),
    onEvent: progressLines(),
  });
  const { heads, rows } = stageRows(stages);
  console.log([heads, ...rows].map((row) => row.join('\t')).join('\n'));
  if (values.record) {
    const distillation = config.fineTuning.distillation ? 'on' : 'off';
    console.error(
      `recorded in ${recordStages(stages, { model: name, seed, schedule: 'schedules', distillation })}`,
    );
  }
  return 0;
});
