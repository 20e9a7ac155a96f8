// npm run bench:tfmot: TFMOT's schedule with our optimizer, from the same float weights when WEIGHTFOLD_DATA holds them, else with
// a base of our own. Exits 3 when the last stage misses what it has to reach (tfmot-networks.ts).
// Options: --network mobilenet|ds-cnn, --recipe pcqat|coded, --all (every stage of TFMOT's table, not only those on the way to PCQAT),
// --front (PCQAT, and trainings for the coded size at several λ beside it),
// --set JSON (settings in place of those of the recipe), --seed N, --record (with --set: --schedule NAME, under which rows are recorded), -o DIR
import path from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '@weightfold/base';
import { parseConfig, type RunConfig, recipes, resolveStages, withStages } from '@weightfold/optimizer';
import { type MeasuredStage, runPipeline } from '../pipeline/run.js';
import { stageRows } from '../report/stage-table.js';
import { sweep } from '../sweep.js';
import { command, wholeNumber } from './command.js';
import { progressLines } from './progress-lines.js';
import { recordStages } from './stage-baselines.js';
import { type TfmotNetwork, tfmotNetworks } from './tfmot-networks.js';

type Recipe = keyof TfmotNetwork['required'];

function configuration(network: TfmotNetwork, recipe: Recipe, more: object, seed: number): RunConfig {
  const settings = { ...network.config, ...(recipe === 'coded' ? network.coded : {}), ...more };
  return parseConfig({ schemaVersion: 1, seed, recipe, baseWeights: network.weights, ...settings });
}

/** Every stage of TFMOT's table. */
function withAll(config: RunConfig, { theirs }: TfmotNetwork): RunConfig {
  const all = resolveStages({ ...config, recipe: Object.keys(recipes) as (keyof typeof recipes)[] });
  const inOrder = Object.keys(theirs).map((name) => all.find((stage) => stage.name === name)!);
  return parseConfig(withStages(config, inOrder));
}

/** A way to PCQAT, and the front beside it. */
function withFront(config: RunConfig, coded: RunConfig, { front, model }: TfmotNetwork): RunConfig {
  if (!front) {
    const expected = 'a network with a front';
    throw new UsageError(`--front: expected ${expected} but received ${model}`, {
      expected,
      received: model,
    });
  }
  const [, ...points] = resolveStages(sweep(coded, front));
  return parseConfig(withStages(config, [...resolveStages(config), ...points]));
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

await command(async () => {
  const { values: flags } = parseArgs({
    options: {
      network: { type: 'string', default: 'mobilenet' },
      recipe: { type: 'string', default: 'pcqat' },
      set: { type: 'string', default: '{}' },
      schedule: { type: 'string' },
      all: { type: 'boolean', default: false },
      front: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      record: { type: 'boolean' },
      output: { type: 'string', short: 'o' },
    },
  });
  const seed = wholeNumber('seed', flags.seed, 0);
  const network = tfmotNetworks[flags.network as keyof typeof tfmotNetworks]?.();
  if (!network) {
    const expected = Object.keys(tfmotNetworks).join(', ');
    throw new UsageError(`--network: expected one of ${expected} but received ${flags.network}`, {
      expected,
    });
  }
  const recipe = flags.recipe as Recipe;
  const wanted: { int8: number; wfz?: number } | undefined = network.required[recipe];
  if (!wanted) {
    const expected = Object.keys(network.required).join(', ');
    throw new UsageError(`--recipe: expected one of ${expected} but received ${recipe}`, { expected });
  }
  if (flags.record && flags.set !== '{}' && flags.schedule === undefined) {
    const expected = '--schedule NAME beside --record and --set, since rows of the recipe itself stay';
    throw new UsageError(`expected ${expected}`, { expected, received: '--record and --set alone' });
  }
  const { weights } = network;
  console.error(
    weights ? `starting from ${weights}` : 'training the base (WEIGHTFOLD_DATA holds no float weights)',
  );
  const settings = (of: Recipe) => configuration(network, of, JSON.parse(flags.set), seed);
  let config = settings(recipe);
  if (flags.all) config = withAll(config, network);
  if (flags.front) config = withFront(config, settings('coded'), network);
  const marks = [flags.all && '-all', flags.front && '-front', recipe !== 'pcqat' && `-${recipe}`];
  const name = `tfmot-${network.model}-${weights ? 'same-weights' : 'own-base'}${marks.filter(Boolean).join('')}-${seed}`;
  const { stages } = await runPipeline({
    config,
    outDir: flags.output ?? path.join('.weightfold/runs', name),
    onEvent: progressLines(),
  });
  print(stages, network);
  const schedule =
    flags.schedule ?? `${flags.front ? 'front, ' : ''}tfmot, ${weights ? 'same float weights' : 'own base'}`;
  if (flags.record) {
    const distillation = config.fineTuning.distillation ? 'on' : 'off';
    console.error(
      `recorded in ${recordStages(stages, { model: network.model, seed, schedule, distillation })}`,
    );
  }
  const { accuracyInt8, wfzBytes } = stages.find((stage) => stage.name === recipe)!;
  if (accuracyInt8! >= wanted.int8 && wfzBytes <= (wanted.wfz ?? Infinity)) return 0;
  const bytes = wanted.wfz ? ` in ${wanted.wfz} bytes` : '';
  console.error(
    `expected ${recipe} to reach ${wanted.int8} % int8${bytes} but it reached ${accuracyInt8!.toFixed(2)} % in ${wfzBytes}`,
  );
  return 3;
});
