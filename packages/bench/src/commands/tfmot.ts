// npm run bench:tfmot: TFMOT's schedule with our optimizer, from the same float weights when WEIGHTFOLD_DATA holds them, else with
// a base of our own. Exits 3 when PCQAT stays below what it has to reach (tfmot-networks.ts).
// Options: --network mobilenet|ds-cnn, --all (every stage of TFMOT's table, not only those on the way to PCQAT), --seed N, --record, -o DIR
import path from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '@weightfold/base';
import { parseConfig, type RunConfig, recipes, resolveStages } from '@weightfold/optimizer';
import { recordBaselines } from '../baselines.js';
import { type MeasuredStage, runPipeline } from '../pipeline/run.js';
import { stageRows } from '../report/stage-table.js';
import { command } from './command.js';
import { type TfmotNetwork, tfmotNetworks } from './tfmot-networks.js';

function configuration(network: TfmotNetwork, seed: number, all: boolean): RunConfig {
  const config = parseConfig({ schemaVersion: 1, seed, baseWeights: network.weights, ...network.config });
  if (!all) return config;
  const paths = (Object.keys(recipes) as (keyof typeof recipes)[]).map((recipe) =>
    resolveStages({ ...config, recipe }),
  );
  const stages = new Map(paths.flat().map((stage) => [stage.name, stage]));
  const inOrder = Object.keys(network.theirs).map((name) => stages.get(name)!);
  return parseConfig({ ...config, recipe: { stages: inOrder } });
}

function print(stages: MeasuredStage[], { theirs }: TfmotNetwork): void {
  const { heads, rows } = stageRows(stages);
  console.log([heads, ...rows].map((row) => row.join('\t')).join('\n'));
  for (const stage of stages) {
    const tfmot = theirs[stage.name];
    if (!tfmot) continue;
    const figures = `int8 ${stage.accuracyInt8!.toFixed(2)} % (TFMOT ${tfmot.int8}), zip ${stage.zipBytes} (TFMOT ${tfmot.zip})`;
    console.log(`${stage.name}: ${figures}, .wfz ${stage.wfzBytes}`);
  }
}

function record(stages: MeasuredStage[], { model }: TfmotNetwork, seed: number, schedule: string): string {
  const rows = stages.map((stage) => ({
    model,
    stage: stage.name,
    accuracyInt8: stage.accuracyInt8!.toFixed(2),
    wfzBytes: stage.wfzBytes,
    seed,
    schedule,
    distillation: 'off',
    accuracyFloat: stage.accuracyFloat!.toFixed(2),
    bytes: stage.bytes,
    zipBytes: stage.zipBytes,
    zeroFraction: stage.zeroFraction.toFixed(4),
    maxDistinct: stage.maxDistinct,
    cpuSeconds: stage.cpuSeconds.toFixed(1),
  }));
  return recordBaselines('optimizer', ['model', 'stage', 'seed', 'schedule', 'distillation'], rows);
}

await command(async () => {
  const { values: flags } = parseArgs({
    options: {
      network: { type: 'string', default: 'mobilenet' },
      all: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      record: { type: 'boolean' },
      output: { type: 'string', short: 'o' },
    },
  });
  const seed = Number(flags.seed);
  const network = tfmotNetworks[flags.network as keyof typeof tfmotNetworks]?.();
  if (!network) {
    const expected = Object.keys(tfmotNetworks).join(', ');
    throw new UsageError(`--network: expected one of ${expected} but received ${flags.network}`, {
      expected,
    });
  }
  const { weights } = network;
  console.error(
    weights ? `starting from ${weights}` : 'training the base (WEIGHTFOLD_DATA holds no float weights)',
  );
  const config = configuration(network, seed, flags.all);
  const name = `tfmot-${network.model}-${weights ? 'same-weights' : 'own-base'}${flags.all ? '-all' : ''}-${seed}`;
  let shown = 0;
  const { stages } = await runPipeline({
    config,
    outDir: flags.output ?? path.join('.weightfold/runs', name),
    onEvent: ({ type, stage, step, steps, loss, accuracy, message }) => {
      if (type === 'step' && Date.now() - shown < 5000) return;
      shown = Date.now();
      const figures = [
        step && `${step}/${steps}`,
        loss && `loss ${loss.toFixed(4)}`,
        accuracy !== undefined && `${accuracy.toFixed(2)} %`,
      ];
      console.error(message ?? [type, stage, ...figures].filter(Boolean).join(' '));
    },
  });
  print(stages, network);
  const schedule = weights ? 'tfmot, same float weights' : 'tfmot, own base';
  if (flags.record) console.error(`recorded in ${record(stages, network, seed, schedule)}`);
  const reached = stages.find((stage) => stage.name === 'pcqat')!.accuracyInt8!;
  if (reached >= network.required) return 0;
  console.error(`expected PCQAT to reach ${network.required} % int8 but it reached ${reached.toFixed(2)} %`);
  return 3;
});
