import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '@weightfold/base';
import type { Dataset } from '@weightfold/datasets';
import type { ImportedModel, RunConfig, Sensitivity, StageSpec } from '@weightfold/optimizer';
import { type Command, Option } from 'commander';
import { environmentOverrides, overlay, readConfig } from '../config.js';
import { checkOutput, writeOutput } from '../files.js';
import { interruptible } from '../interrupt.js';
import { examples, wholeNumber } from '../options.js';
import type { Act } from '../registry.js';
import { effectsTable, planText, summaryText, uniformTable } from '../sensitivity-text.js';
import { type Result, type Session, schemaVersion } from '../session.js';
import { SlowProgress } from '../slow-progress.js';

interface SensitivityOptions {
  config?: string;
  weights?: string;
  stage?: string;
  techniques?: string;
  examples: number;
  checkExamples: number;
  bytes: 'estimated' | 'packed';
  targetBytes?: number;
  output?: string;
  seed?: number;
  force?: boolean;
}

export function sensitivityVerb(program: Command, act: Act): Command {
  const command = program
    .command('sensitivity')
    .summary('what each layer loses by pruning and clustering, and a plan for a size')
    .description(
      'Changes one layer of a float network at a time, by each technique and without training, and measures loss and ' +
        'accuracy on a sample of the training set, and the coded bytes of the layer. With --target-bytes it chooses a technique for each layer so that all fit and lose least, measures the ' +
        'whole on test examples, and gives it as stages for optimize.',
    )
    .argument('<model>', 'a float .tflite, .h5, .keras, model.json or configuration .json, or a run folder')
    .option(
      '-c, --config <file|name>',
      'configuration: data set, seed, training (default: that of the run folder)',
    )
    .option('--weights <file.h5>', 'weights of a Keras configuration')
    .option('--stage <name>', 'stage of a run folder (default: its first)')
    .option(
      '--techniques <list>',
      'parted by commas: prune-PERCENT, prune-2:4, prune-4x16, cluster-K, joined by +',
    )
    .option('--examples <n>', 'training examples that layers are measured on', wholeNumber(1), 500)
    .option('--check-examples <n>', 'test examples that whole plans are measured on', wholeNumber(1), 2000)
    .addOption(
      new Option(
        '--bytes <kind>',
        'coded bytes by entropy, or by packing each layer as in a .wfz, which takes longer',
      )
        .choices(['estimated', 'packed'])
        .default('estimated'),
    )
    .option('--target-bytes <n>', 'suggest a plan whose layers need at most N coded bytes', wholeNumber(1))
    .option('-o, --output <plan.json>', 'write the plan as a recipe for optimize')
    .option('--seed <n>', 'seed of the choice of examples', wholeNumber(0))
    .option('-f, --force', 'replace an existing output')
    .action(act(sensitivity));
  return examples(
    command,
    'weightfold sensitivity float.tflite -c config.json --techniques prune-50,cluster-16 --json',
    'weightfold sensitivity float.tflite -c config.json --target-bytes 12000 -o plan.json',
    'weightfold sensitivity .weightfold/runs/demo --target-bytes 90000 -o plan.json',
  );
}

async function sensitivity(session: Session, source: string, options: SensitivityOptions): Promise<Result> {
  const isFolder = fs.statSync(source).isDirectory();
  checkOptions(source, isFolder, options);
  const { loadRunModel, importModel, planStages } = await import('@weightfold/optimizer');
  const { openDataset } = await import('@weightfold/datasets');
  const config = await configFor(source, isFolder, options);
  const dataset = await openDataset(config.dataset, { onProgress: (message) => session.note(message) });
  const { weights, output } = options;
  const model = isFolder
    ? await loadRunModel(source, dataset, options.stage === undefined ? {} : { stage: options.stage })
    : await importModel(source, weights === undefined ? {} : { weights });
  const found = await scan(session, model, dataset, config, options);
  const stages = found.plan && planStages(found.plan.layers, config);
  const written = stages && output !== undefined ? writeOutput(output, recipeText(stages)) : null;
  return {
    document: { model: source, data: dataset.name, seed: config.seed, ...found, stages, output: written },
    text: text(found, stages, nextCommand(source, isFolder, weights, written)),
  };
}

function checkOptions(source: string, isFolder: boolean, options: SensitivityOptions): void {
  const { output, targetBytes, stage, force, weights } = options;
  if (output !== undefined)
    checkOutput(
      output,
      [source, weights].filter((file) => file !== undefined),
      force,
    );
  if (output !== undefined && targetBytes === undefined)
    throw new UsageError('-o writes a plan, and there is none without --target-bytes', {
      code: 'MISSING_OPTION',
      expected: '--target-bytes <n>',
    });
  if (stage !== undefined && !isFolder)
    throw new UsageError('--stage names a stage of a run folder', {
      expected: 'a run folder',
      received: source,
    });
}

async function scan(
  session: Session,
  model: ImportedModel,
  dataset: Dataset,
  config: RunConfig,
  options: SensitivityOptions,
): Promise<Sensitivity> {
  const { scanSensitivity } = await import('@weightfold/optimizer');
  const { packedWeightBytes } = await import('@weightfold/bench');
  const { examples, checkExamples, targetBytes, techniques, bytes } = options;
  return SlowProgress.during(session, (progress) =>
    interruptible(
      (signal) =>
        scanSensitivity(model, dataset, {
          examples,
          checkExamples,
          ...(techniques === undefined ? {} : { techniques: techniques.split(',') }),
          ...(targetBytes === undefined ? {} : { targetBytes }),
          ...(bytes === 'packed' ? { codedBytes: packedWeightBytes } : {}),
          seed: config.seed,
          perChannelDense: config.denseScales === 'channel',
          onProgress: (what, done, of) => progress.show(what, done, of),
          signal,
        }),
      () => progress.note('Stopping.'),
      { state: 'nothing is saved', hint: 'Start it again; fewer --examples or --techniques are faster.' },
    ),
  );
}

/** The configuration that is given, or that of the run folder. */
async function configFor(
  source: string,
  isFolder: boolean,
  { config, seed }: SensitivityOptions,
): Promise<RunConfig> {
  const { parseConfig } = await import('@weightfold/optimizer/config');
  const { readRunConfig } = await import('@weightfold/optimizer');
  const { values } =
    isFolder && config === undefined ? { values: readRunConfig(source) } : await readConfig(config);
  return parseConfig(overlay(values, { seed: environmentOverrides().seed }, { seed }));
}

function recipeText(stages: StageSpec[]): string {
  return `${JSON.stringify({ schemaVersion, stages }, null, 2)}\n`;
}

function text(found: Sensitivity, stages: StageSpec[] | null, next: string): string {
  const parts = [summaryText(found), effectsTable(found), uniformTable(found)];
  if (found.plan && stages) parts.push(planText(found, found.plan, stages), next);
  return parts.join('\n\n');
}

/** How the plan is trained: the configuration has to name the network that was scanned. */
function nextCommand(
  source: string,
  isFolder: boolean,
  weights: string | undefined,
  output: string | null,
): string {
  const recipe = output ?? 'plan.json';
  const first =
    output === null ? 'Write it with -o plan.json, then train it' : `Written to ${output}. Train it`;
  if (isFolder)
    return `${first}: weightfold optimize ${recipe} -c ${path.join(source, 'config.resolved.json')}`;
  const model = JSON.stringify({ name: 'imported', file: source, weights }); // weights: left out when undefined
  return `${first}: weightfold optimize ${recipe} -c CONFIG, whose "model" is ${model}`;
}
