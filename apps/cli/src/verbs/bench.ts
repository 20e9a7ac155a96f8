import { ExitCode, UsageError } from '@weightfold/base';
import type { BenchResult } from '@weightfold/bench/measure';
import type { Command } from 'commander';
import { benchCsv, benchHtml, benchMarkdown, benchText } from '../bench-output.js';
import { checkOutput, writeOutput } from '../files.js';
import { examples, wholeNumber } from '../options.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';

const rivals = ['litert', 'litert-ref', 'tflm'];

interface BenchOptions {
  against?: string[];
  threads: number;
  runs?: number;
  input?: string;
  strict?: boolean;
  csv?: string;
  md?: string;
  html?: string;
}

export function benchVerb(program: Command, act: Act): Command {
  const command = program
    .command('bench')
    .summary('latency and memory of models, next to rivals')
    .description(
      'Measures latency, load time and memory of models with our runtime and, interleaved with it, with rivals. ' +
        'Rivals are Python packages, installed pinned into the cache folder when first used. A row is trusted when the ' +
        'medians of its 20 rounds vary by less than 10 % (coefficient of variation).',
    )
    .argument('<model...>', '.tflite or .wfz files')
    .option('--against <engines>', `rivals, separated by commas: ${rivals.join(', ')}`, engineList)
    .option('--threads <n>', 'threads of each engine; only 1 for now', wholeNumber(1), 1)
    .option('--runs <n>', 'measured runs per engine', wholeNumber(1))
    .option('--input <x.npy>', 'input to run on (default: seeded noise)')
    .option('--strict', 'exit code 6 when a measurement is not to be trusted')
    .option('--csv <file>', 'also write the results as CSV')
    .option('--md <file>', 'also write the results as a Markdown table')
    .option('--html <file>', 'also write the results as one HTML page')
    .action(act(bench));
  return examples(
    command,
    'weightfold bench model.tflite model.wfz --runs 50',
    'weightfold bench model.wfz --against litert,tflm --md bench.md',
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
  const { benchModels } = await import('@weightfold/bench/measure');
  const { against, threads, runs, input, csv, md, html } = options;
  const given = input === undefined ? models : [...models, input];
  for (const file of [csv, md, html]) if (file !== undefined) checkOutput(file, given, true);
  const result: BenchResult = await benchModels({
    models,
    against: against ?? [],
    threads,
    onProgress: (message) => session.note(message),
    ...(runs === undefined ? {} : { runs }),
    ...(input === undefined ? {} : { input }),
  });
  const files = writeTables(result, options);
  for (const file of files) session.note(`Written: ${file}`);
  const trusted = result.results.every((row) => row.trusted);
  return {
    document: { ...result, files },
    text: benchText(result),
    exitCode: options.strict && !trusted ? ExitCode.untrusted : ExitCode.ok,
  };
}

function writeTables(result: BenchResult, options: BenchOptions): string[] {
  const writers = [
    [options.csv, benchCsv],
    [options.md, benchMarkdown],
    [options.html, benchHtml],
  ] as const;
  return writers.flatMap(([file, render]) => (file === undefined ? [] : [writeOutput(file, render(result))]));
}
