import path from 'node:path';
import { sha256Hex, UsageError } from '@weightfold/base';
import type { MeasuredStage } from '@weightfold/bench/pipeline';
import type { ProgressEvent, RunConfig, StageSpec } from '@weightfold/optimizer';
import type { Command } from 'commander';
import { environmentOverrides, overlay, readConfig, readRecipe } from '../config.js';
import { interruptible } from '../interrupt.js';
import { examples, numberUpTo, positive, wholeNumber } from '../options.js';
import { Progress } from '../progress.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { stageText } from '../stage-text.js';
import { textTable } from '../table.js';

interface OptimizeOptions {
  config?: string;
  output?: string;
  fresh?: boolean;
  dryRun?: boolean;
  seed?: number;
  lambda?: number;
  targetBytes?: number;
  maxDrop?: number;
}

export function optimizeVerb(program: Command, act: Act): Command {
  const command = program
    .command('optimize')
    .summary('train, prune, cluster, quantize and export')
    .description(
      'Trains a network through the stages of a recipe and measures what each stage cost. The same command goes on ' +
        'where it stopped. Settings: flag over environment (WEIGHTFOLD_SEED, WEIGHTFOLD_RECIPE) over file over default.',
    )
    .argument(
      '[recipe]',
      'base, prune, cluster, sparse-cluster, ptq, qat, pqat, cqat, pcqat, coded, or a file with stages',
    )
    .option('-c, --config <file|name>', 'configuration (ts, json, yaml, toml), or a shipped one: demo, tfmot')
    .option(
      '-o, --output <dir>',
      'run folder (default: .weightfold/runs/NAME-HASH of the resolved configuration)',
    )
    .option('--seed <n>', 'seed of everything random', wholeNumber(0))
    .option(
      '--lambda <price>',
      'recipe coded: what a bit costs, 0.015 unless the configuration says otherwise; larger makes smaller files. With --max-drop the search begins there',
      positive,
    )
    .option(
      '--target-bytes <n>',
      'recipe coded: bytes of the packed file, for which lambda is found',
      wholeNumber(1),
    )
    .option(
      '--max-drop <points>',
      'recipe coded: the smallest file whose accuracy on held-out training examples is at most so many points below the float network',
      numberUpTo(100),
    )
    .option('--fresh', 'start over, also when the run folder has a state to resume')
    .option(
      '--dry-run',
      'check the configuration and the files it names, print it with the planned stages, and stop',
    )
    .action(act(optimize));
  return examples(
    command,
    'weightfold optimize pcqat -c demo --dry-run',
    'weightfold optimize pcqat -c demo -o runs/demo',
    'weightfold optimize coded -c demo --lambda 0.02',
    'weightfold optimize coded -c demo --target-bytes 60000',
    'weightfold optimize coded -c demo --max-drop 1',
  );
}

async function optimize(
  session: Session,
  recipe: string | undefined,
  options: OptimizeOptions,
): Promise<Result> {
  const file = await readConfig(options.config);
  const flags = {
    seed: options.seed,
    lambda: options.lambda,
    targetBytes: options.targetBytes,
    maxDrop: options.maxDrop,
    recipe: await readRecipe(recipe),
  };
  // Not the package's main entry, which loads TensorFlow.
  const { parseConfig } = await import('@weightfold/optimizer/config');
  const { recipes, resolveStages, unusedSettings } = await import('@weightfold/optimizer/recipes');
  const chosen = overlay({}, environmentOverrides(), flags);
  const values = overlay(file.values, chosen);
  checkRecipeName(values.recipe, Object.keys(recipes));
  const config = parseConfig(values);
  // What the file sets for a recipe of its own is not for another that is chosen over it.
  for (const key of chosen.recipe === undefined ? [] : unusedSettings(config)) {
    if (chosen[key] !== undefined) continue;
    config[key] = null;
    session.note(`${key} of ${file.file} is for the recipe coded: left out`);
  }
  const stages = resolveStages(config);
  if (options.lambda !== undefined && config.targetBytes !== null) throw foundLambda(config.targetBytes);
  const { checkInputs } = await import('@weightfold/optimizer/inputs');
  checkInputs(config);
  const outDir = options.output ?? defaultDir(file.name, config);
  return options.dryRun
    ? plan(file.file, outDir, config, stages)
    : run(session, outDir, config, options.fresh === true);
}

function foundLambda(targetBytes: number): UsageError {
  return new UsageError(`--lambda: expected no targetBytes beside it but received ${targetBytes}`, {
    where: '--lambda',
    expected: 'no targetBytes, for which lambda is found',
    received: `${targetBytes}`,
  });
}

/** The schema knows the names, too, but its message for a wrong one cannot tell them apart from a list of stages. */
function checkRecipeName(recipe: unknown, known: string[]): void {
  if (typeof recipe !== 'string' || known.includes(recipe)) return;
  throw new UsageError(`Unknown recipe ${recipe}`, {
    code: 'UNKNOWN_RECIPE',
    where: 'recipe',
    expected: known.join(', '),
    received: recipe,
  });
}

function defaultDir(name: string, config: RunConfig): string {
  const hash = sha256Hex(JSON.stringify(config)).slice(0, 12);
  return path.join('.weightfold', 'runs', `${name}-${hash}`);
}

function plan(file: string, outDir: string, config: RunConfig, stages: StageSpec[]): Result {
  const lines = stages.map((stage, i) => `  ${i + 1}. ${stageText(stage, config.batchSize)}`);
  return {
    document: { dryRun: true, file, outDir, config, planned: stages },
    text: `${JSON.stringify(config, null, 2)}\n\nStages, into ${outDir}:\n${lines.join('\n')}`,
  };
}

async function run(session: Session, outDir: string, config: RunConfig, fresh: boolean): Promise<Result> {
  const { runPipeline } = await import('@weightfold/bench/pipeline');
  const { stageLegend, stageRows } = await import('@weightfold/bench/stage-table');
  const table = (stages: MeasuredStage[]) =>
    [transposed(stageRows(stages)), '', ...stageLegend(stages)].join('\n');
  await warnOfSlowBackend(session);
  const progress = await Progress.create(session);
  session.note(`Run folder: ${outDir}`);
  let trained = false;
  const onEvent = (event: ProgressEvent) => {
    trained ||= event.type === 'stage-start';
    progress.show(event);
  };
  try {
    const result = await interruptible(
      (signal) => runPipeline({ config, outDir, fresh, signal, onEvent }),
      () => {
        progress.stop();
        process.stderr.write('Stopping; the state is being saved (once more to stop at once).\n');
      },
      { state: 'the state is saved', hint: `Go on with: ${resumeCommand(process.argv.slice(2))}` },
    );
    progress.stop();
    if (!trained) session.note('All stages were finished already; --fresh starts over.');
    return { document: { outDir, ...result }, text: table(result.stages) };
  } finally {
    progress.stop();
  }
}

async function warnOfSlowBackend(session: Session): Promise<void> {
  const { backendInfo } = await import('@weightfold/optimizer');
  const { backend, reason } = backendInfo();
  if (backend === 'native') return;
  session.note(
    `TensorFlow is not native (${reason ?? 'no reason known'}): training is about 1000 times slower.`,
  );
  session.note('To mend it: TFJS_NATIVE=require npm run setup');
}

/** One column per stage: the measures are more than fit side by side into a terminal. */
function transposed({ heads, rows }: { heads: string[]; rows: string[][] }): string {
  const [corner = '', ...measures] = heads;
  const columns = [{ head: corner }, ...rows.map(([name = '']) => ({ head: name, align: 'right' as const }))];
  return textTable(
    columns,
    measures.map((measure, i) => [measure, ...rows.map((row) => row[i + 1])]),
  );
}

/** The same command as it was called, without --fresh, quoted for a shell; what a program that calls us (the demo) names instead. */
function resumeCommand(words: string[], env = process.env): string {
  if (env.WEIGHTFOLD_RESUME) return env.WEIGHTFOLD_RESUME;
  const quoted = words
    .filter((word) => word !== '--fresh')
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  const called = env.npm_command === 'exec' ? 'npx weightfold' : 'weightfold';
  return [called, ...quoted].join(' ');
}
