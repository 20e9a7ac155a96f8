import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '@weightfold/base';
import type { ReportDocument } from '@weightfold/bench/report';
import type { Command } from 'commander';
import { stream, writeOutput } from '../files.js';
import { examples, repeated } from '../options.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { integer } from '../table.js';

interface ReportOptions {
  output?: string[];
  rivals?: string;
  bench?: string;
}

export function reportVerb(program: Command, act: Act): Command {
  const command = program
    .command('report')
    .summary('a run as one self-contained page, or as Markdown, CSV or JSON')
    .description(
      'Renders a run folder as one HTML page with nothing from elsewhere, as Markdown, as CSV (a line per stage) or as JSON ' +
        '(docs/formats/report.schema.json), as the ending of the output says.',
    )
    .argument('<dir>', 'a run folder of `weightfold optimize`')
    .option(
      '-o, --output <file>',
      'where to write: .html, .md, .csv or .json, more than once if you like (default: report.html in the run folder)',
      repeated,
    )
    .option(
      '--rivals <file.csv>',
      'recorded files of others to show beside: columns name, source, accuracyInt8, bytes, and medianUs where measured',
    )
    .option('--bench <file.json>', 'a document of `weightfold bench --json` to show as well')
    .action(act(report));
  return examples(
    command,
    'weightfold report .weightfold/runs/demo -o report.html',
    'weightfold report .weightfold/runs/demo -o report.md -o report.csv -o report.json',
  );
}

const formats = ['.html', '.md', '.csv', '.json'] as const;
type Format = (typeof formats)[number];

async function report(_session: Session, dir: string, options: ReportOptions): Promise<Result> {
  const files = options.output ?? [path.join(dir, 'report.html')];
  const wanted = files.map((file) => ({ file, format: formatOf(file) }));
  requireRun(dir);
  const bench = await import('@weightfold/bench/report');
  const run = bench.gatherReport(dir, {
    ...(options.rivals === undefined ? {} : { rivals: bench.readRivals(options.rivals) }),
    ...(options.bench === undefined ? {} : { bench: bench.readBench(options.bench) }),
  });
  const render: Record<Format, (run: ReportDocument) => string> = {
    '.html': bench.renderReport,
    '.md': bench.reportMarkdown,
    '.csv': bench.reportCsv,
    '.json': bench.reportJson,
  };
  const written = wanted.map(({ file, format }) => {
    const text = render[format](run);
    return { output: writeOutput(file, text), bytes: Buffer.byteLength(text) };
  });
  return {
    document: { dir: path.resolve(dir), ...written[0], files: written },
    text: written.map(({ output, bytes }) => `${output} ${integer(bytes)} bytes`).join('\n'),
  };
}

function formatOf(file: string): Format {
  const format = formats.find((ending) => file.toLowerCase().endsWith(ending));
  if (format !== undefined && file !== stream) return format;
  throw new UsageError(`The output ${file} has no ending that names a format`, {
    code: 'UNKNOWN_FORMAT',
    where: file,
    expected: formats.join(', '),
    received: path.extname(file) || 'no ending',
  });
}

function requireRun(dir: string): void {
  const needed = path.join(dir, 'result.json');
  if (fs.existsSync(needed)) return;
  throw new UsageError(`${dir} is no finished run`, {
    code: 'NO_RUN',
    where: needed,
    expected: 'a folder with result.json',
    hint: 'Finish the run with `weightfold optimize` (the same command goes on where it stopped); `weightfold view` follows one that is running.',
  });
}
