// npm run bench:tfmot: TFMOT's schedule (one epoch of 15,000 images in each stage, Adam at 2e-4) with our optimizer.
// Starts from the same float weights as TFMOT did when WEIGHTFOLD_DATA holds them (tfmot/mobilenet025_base.weights.h5), else
// trains the base for 5 epochs. Exits 3 when PCQAT stays below 84.5 % int8.  Options: --seed N, --record, -o DIR
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseConfig } from '@weightfold/optimizer';
import { recordBaselines } from '../baselines.js';
import { runPipeline } from '../pipeline/run.js';
import { stageRows } from '../report/stage-table.js';

/** TFMOT 0.8.1 on the same network, data and schedule: int8 top-1 in percent and zipped bytes. */
const theirs: Record<string, { int8: number; zip: number }> = {
  base: { int8: 87.59, zip: 239360 },
  pruned: { int8: 78.5, zip: 180135 },
  'sparse-clustered': { int8: 83.64, zip: 153208 },
  pcqat: { int8: 84.23, zip: 149751 },
};
const required = 84.5;

const { values: flags } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    record: { type: 'boolean' },
    output: { type: 'string', short: 'o' },
  },
});
const seed = Number(flags.seed);
const given = path.join(process.env.WEIGHTFOLD_DATA ?? '', 'tfmot/mobilenet025_base.weights.h5');
const sameWeights = fs.existsSync(given);
console.error(
  sameWeights ? `starting from ${given}` : 'training the base (WEIGHTFOLD_DATA holds no float weights)',
);
const config = parseConfig({
  schemaVersion: 1,
  seed,
  ...(sameWeights ? { baseWeights: given } : {}),
  baseTraining: { epochs: 5, learningRate: 1e-3, schedule: 'constant' },
  fineTuning: { epochs: 1, examples: 15000, learningRate: 2e-4, schedule: 'constant' },
});
const outDir = flags.output ?? `.weightfold/runs/tfmot-${sameWeights ? 'same-weights' : 'own-base'}-${seed}`;
let shown = 0;
const { stages } = await runPipeline({
  config,
  outDir,
  onEvent: (event) => {
    if (event.type === 'step' && Date.now() - shown < 5000) return;
    shown = Date.now();
    console.error(
      event.message ?? `${event.stage} ${event.step ?? ''} ${event.loss?.toFixed(4) ?? event.accuracy ?? ''}`,
    );
  },
});
const { heads, rows } = stageRows(stages);
console.log([heads, ...rows].map((row) => row.join('\t')).join('\n'));
for (const stage of stages) {
  const tfmot = theirs[stage.name];
  if (tfmot) {
    const figures = `int8 ${stage.accuracyInt8.toFixed(2)} % (TFMOT ${tfmot.int8}), zip ${stage.zipBytes} (TFMOT ${tfmot.zip})`;
    console.log(`${stage.name}: ${figures}, .wfz ${stage.wfzBytes}`);
  }
}
if (flags.record) {
  const schedule = sameWeights ? 'tfmot, same float weights' : 'tfmot, own base';
  const file = recordBaselines(
    'optimizer',
    ['model', 'stage', 'seed', 'schedule', 'distillation'],
    stages.map(
      ({
        name,
        accuracyInt8,
        accuracyFloat,
        bytes,
        zipBytes,
        wfzBytes,
        zeroFraction,
        maxDistinct,
        cpuSeconds,
      }) => ({
        model: 'mobilenet-v1-0.25',
        stage: name,
        accuracyInt8: accuracyInt8.toFixed(2),
        wfzBytes,
        seed,
        schedule,
        distillation: 'off',
        accuracyFloat: accuracyFloat.toFixed(2),
        bytes,
        zipBytes,
        zeroFraction: zeroFraction.toFixed(4),
        maxDistinct,
        cpuSeconds: cpuSeconds.toFixed(1),
      }),
    ),
  );
  console.error(`recorded in ${file}`);
}
const last = stages.at(-1)!;
if (last.accuracyInt8 < required) {
  console.error(
    `expected PCQAT to reach ${required} % int8 but it reached ${last.accuracyInt8.toFixed(2)} %`,
  );
  process.exit(3);
}
