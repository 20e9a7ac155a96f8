import { UsageError } from '@weightfold/base';
import { type Command, Option } from 'commander';
import { checkOutput, readInput, refuseTwoOnStdout, stream, writeOutput } from '../files.js';
import { examples, required } from '../options.js';
import { compareTensors, comparisonTable, tensorTable } from '../packing/compare.js';
import { PackingProgress } from '../packing/progress.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { integer, percent } from '../table.js';

interface CompressOptions {
  output?: string;
  level: 'fast' | 'default' | 'max';
  compare?: boolean;
  force?: boolean;
}

export function compressVerb(program: Command, act: Act): Command {
  const command = program
    .command('compress')
    .summary('pack a .tflite losslessly into a .wfz')
    .description('Packs a .tflite losslessly into a .wfz. `weightfold decompress` gives the same bytes back.')
    .argument('<model.tflite>', 'the model to pack; - for stdin')
    .option('-o, --output <file.wfz>', 'where to write; - for stdout')
    .addOption(
      new Option('--level <level>', 'how hard to try').choices(['fast', 'default', 'max']).default('default'),
    )
    .option('--compare', 'tell per tensor what gzip, zstd, xz and brotli make of it')
    .option('-f, --force', 'replace an existing output')
    .action(act(compressFile));
  return examples(
    command,
    'weightfold compress model.tflite -o model.wfz',
    'weightfold compress model.tflite -o small.wfz --level max --json',
    'cat model.tflite | weightfold compress - -o - > model.wfz',
    'weightfold compress model.tflite -o model.wfz --compare',
  );
}

async function compressFile(session: Session, input: string, options: CompressOptions): Promise<Result> {
  const target = required(options.output, '-o, --output <file.wfz>');
  refuseTwoOnStdout(target, session.json);
  checkOutput(target, [input], options.force);
  const model = await readInput(input);
  const { compress } = await import('@weightfold/compressor');
  const { isContainer } = await import('@weightfold/container');
  if (isContainer(model)) throw packedAlready(input);
  const progress = await PackingProgress.create(session);
  const { bytes, report } = compress(model, {
    level: options.level,
    onProgress: (done, total) => progress.show(done, total),
  });
  progress.stop();
  if (report.unparsed !== null) {
    session.note(
      `${input} was packed as plain bytes, because it is no .tflite that can be read: ${report.unparsed}`,
    );
  }
  const compared = options.compare ? await compareTensors(model, bytes) : null;
  const output = writeOutput(target, bytes);
  const { inputBytes, outputBytes, encodeMs } = report;
  const summary =
    `${input} ${integer(inputBytes)} bytes → ${target} ${integer(outputBytes)} bytes: ` +
    `${inputBytes > 0 ? `compression ${percent(1 - outputBytes / inputBytes)}, ` : ''}${Math.round(encodeMs)} ms`;
  const table = compared ? comparisonTable(report, compared) : session.verbose ? tensorTable(report) : null;
  return {
    document: { input, output, level: options.level, ...report, ...(compared && { compared }) },
    text: table === null ? summary : `${table}\n${summary}`,
    dataOnStdout: target === stream,
  };
}

function packedAlready(input: string): UsageError {
  return new UsageError(`${input} is a .wfz already`, {
    code: 'PACKED_ALREADY',
    where: input,
    expected: 'a .tflite, or another file that is not packed',
    received: 'a .wfz',
    hint: 'To pack it anew at another level, decompress it first.',
  });
}
