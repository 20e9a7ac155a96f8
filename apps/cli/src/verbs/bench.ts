import { ExitCode, UsageError } from '@weightfold/base';
import type { Assertion } from '@weightfold/bench/assertions';
import type { BenchResult } from '@weightfold/bench/measure';
import type { Command } from 'commander';
import { benchCsv } from '../bench-csv.js';
import { benchMarkdown, benchText } from '../bench-output.js';
import { checkOutput, writeOutput } from '../files.js';
import { examples, repeated, seconds, wholeNumber } from '../options.js';
import { profileHelp, profileTable } from '../profile.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { checkCombination } from './bench-combinations.js';
import { benchDiff } from './bench-diff.js';
import { measure } from './bench-measure.js';

const rivals = ['litert', 'litert-noamx', 'litert-ref', 'tflm', 'ort'];

export interface BenchOptions {
  against?: string[];
  threads: number;
  runs?: number;
  minSecs?: number;
  seed: number;
  input?: string;
  profile?: boolean;
  pin?: string;
  assert?: string[];
  soak?: number;
  pack: boolean;
  strict?: boolean;
  exitCode?: boolean;
  host?: string;
  boardDir?: string;
  fresh?: boolean;
  csv?: string;
  md?: string;
  html?: string;
}

export function benchVerb(program: Command, act: Act): Command {
  const command = program
    .command('bench')
    .summary('latency, memory and sizes of models, next to rivals; compare two measurements')
    .description(
      'Measures latency, load time, memory and sizes of models with our runtime and, interleaved with it, with rivals. ' +
        'Rivals are Python packages, installed pinned into the cache folder when first used. What speaks against trusting a ' +
        'measurement is told with it. `bench diff OLD.json NEW.json` compares two documents of --json.',
    )
    .argument('<model...>', '.tflite or .wfz files; or: diff OLD.json NEW.json')
    .option('--against <engines>', `rivals, separated by commas: ${rivals.join(', ')}`, engineList)
    .option('--threads <n>', 'threads of each engine', wholeNumber(1), 1)
    .option('--runs <n>', 'measured runs per engine, at least (default: what takes 0.4 s)', wholeNumber(1))
    .option('--min-secs <n>', 'measured seconds per engine, at least', seconds)
    .option('--seed <n>', 'of the order in which engines take turns', wholeNumber(0), 1)
    .option('--input <x.npy>', 'input to run on (default: seeded noise)')
    .option('--profile', `${profileHelp}, and the memory of each model in our runtime`)
    .option('--pin <cpus>', 'keep to these CPUs, as taskset names them: 2 or 0-3')
    .option('--assert <requirement>', 'exit code 3 when missed, as in p95<12ms; repeat it', repeated)
    .option('--soak <time>', 'then run on for so long and tell drift: 90s, 10m, 1h', seconds)
    .option('--no-pack', 'do not pack a .tflite to tell its size as .wfz')
    .option(
      '--host <user@board[:port]>',
      'measure on a board over ssh instead; it needs no Node, rivals need its Python',
    )
    .option('--board-dir <folder>', 'with --host: folder there (default: ~/.cache/weightfold)')
    .option('--fresh', 'with --host: do not go on with a measurement that was stopped')
    .option('--strict', 'exit code 6 when a measurement is not to be trusted')
    .option(
      '--exit-code',
      'diff: exit code 3 when something became slower, 6 when only rows say so that are not to be trusted',
    )
    .option('--csv <file>', 'also write the results as CSV')
    .option('--md <file>', 'also write the results as a Markdown table')
    .option('--html <file>', 'also write the results as one HTML page')
    .action(act(bench));
  return examples(
    command,
    'weightfold bench model.tflite model.wfz --runs 50',
    'weightfold bench model.wfz --against litert,tflm --md bench.md',
    "weightfold bench model.wfz --pin 1 --min-secs 2 --assert 'p95<12ms' --assert 'rss<=80MiB'",
    'weightfold bench model.wfz --host pi@raspberrypi.local',
    'weightfold bench diff old.json new.json',
  );
}

function engineList(text: string): string[] {
  const engines = text.split(',').map((name) => name.trim());
  const unknown = engines.find((name) => !rivals.includes(name));
  if (unknown === undefined) return engines;
  throw new UsageError(`Unknown engine ${unknown}`, {
    where: '--against',
    expected: rivals.join(', '),
    received: unknown,
  });
}

async function bench(session: Session, models: string[], options: BenchOptions): Promise<Result> {
  const diff = models[0] === 'diff';
  checkCombination(diff, options);
  if (diff) return benchDiff(models.slice(1), options);
  const { checkEngines, parseAssertion } = await import('@weightfold/bench/assertions');
  const assertions = (options.assert ?? []).map(parseAssertion);
  checkEngines(assertions, options.against ?? []);
  const { csv, md, html, input } = options;
  const given = input === undefined ? models : [...models, input];
  for (const file of [csv, md, html]) if (file !== undefined) checkOutput(file, given, true);
  const result = await withAssertions(await measure(session, models, options), assertions);
  const files = await writeTables(result, options);
  for (const file of files) session.note(`Written: ${file}`);
  return {
    document: { ...result, files },
    text: [benchText(result), ...(result.profiles ?? []).map(profileText)].join('\n\n'),
    exitCode: exitCodeOf(result, options),
  };
}

function profileText(profile: NonNullable<BenchResult['profiles']>[number]): string {
  return `${profile.model}:\n${profileTable(profile)}`;
}

async function withAssertions(result: BenchResult, assertions: Assertion[]): Promise<BenchResult> {
  if (assertions.length === 0) return result;
  const { checkAssertions } = await import('@weightfold/bench/assertions');
  return { ...result, assertions: checkAssertions(assertions, result) };
}

/** A measurement that is not to be trusted decides nothing about requirements; an emulator's is none at all. */
function exitCodeOf({ trusted, assertions = [], context }: BenchResult, { strict }: BenchOptions): number {
  if ((strict && !trusted) || context.emulated !== null) return ExitCode.untrusted;
  return assertions.every(({ ok }) => ok) ? ExitCode.ok : ExitCode.requirement;
}

async function writeTables(result: BenchResult, { csv, md, html }: BenchOptions): Promise<string[]> {
  const files: string[] = [];
  if (csv !== undefined) files.push(writeOutput(csv, benchCsv(result)));
  if (md !== undefined) files.push(writeOutput(md, benchMarkdown(result)));
  if (html !== undefined) {
    const { renderBench } = await import('@weightfold/bench/bench-page');
    files.push(writeOutput(html, renderBench(result)));
  }
  return files;
}
