import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '@weightfold/base';
import type { Command } from 'commander';
import { writeOutput } from '../files.js';
import { examples } from '../options.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { integer } from '../table.js';

interface ReportOptions {
  output?: string;
}

export function reportVerb(program: Command, act: Act): Command {
  const command = program
    .command('report')
    .summary('a run as one self-contained HTML page')
    .description('Renders a run folder as one HTML page without scripts and without anything from elsewhere.')
    .argument('<dir>', 'a run folder of `weightfold optimize`')
    .option('-o, --output <file.html>', 'where to write (default: report.html in the run folder)')
    .action(act(report));
  return examples(command, 'weightfold report .weightfold/runs/demo -o report.html');
}

async function report(_session: Session, dir: string, options: ReportOptions): Promise<Result> {
  const needed = path.join(dir, 'result.json');
  if (!fs.existsSync(needed)) {
    throw new UsageError(`${dir} is no finished run`, {
      code: 'NO_RUN',
      where: needed,
      expected: 'a folder with result.json',
      hint: 'Finish the run with `weightfold optimize`; the same command goes on where it stopped.',
    });
  }
  const { renderReport } = await import('@weightfold/bench/report');
  const html = renderReport(dir);
  const output = writeOutput(options.output ?? path.join(dir, 'report.html'), html);
  const bytes = Buffer.byteLength(html);
  return { document: { dir: path.resolve(dir), output, bytes }, text: `${output} ${integer(bytes)} bytes` };
}
