import { UsageError } from '@weightfold/base';
import { type Command, Option } from 'commander';
import { checkOutput, readInputFile, writeOutput } from '../files.js';
import { examples, required } from '../options.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { integer, percent, shortName, textTable } from '../table.js';

interface CompressOptions {
  output?: string;
  level: 'fast' | 'default' | 'max';
  force?: boolean;
}

export function compressVerb(program: Command, act: Act): Command {
  const command = program
    .command('compress')
    .summary('pack a .tflite losslessly into a .wfz')
    .description('Packs a .tflite losslessly into a .wfz. `weightfold decompress` gives the same bytes back.')
    .argument('<model.tflite>', 'the model to pack')
    .option('-o, --output <file.wfz>', 'where to write')
    .addOption(
      new Option('--level <level>', 'how hard to try').choices(['fast', 'default', 'max']).default('default'),
    )
    .option('-f, --force', 'replace an existing output')
    .action(act(compressFile));
  return examples(
    command,
    'weightfold compress model.tflite -o model.wfz',
    'weightfold compress model.tflite -o small.wfz --level max --json',
  );
}

async function compressFile(session: Session, input: string, options: CompressOptions): Promise<Result> {
  const target = required(options.output, '-o, --output <file.wfz>');
  checkOutput(target, [input], options.force);
  const model = readInputFile(input);
  const { compress } = await import('@weightfold/compressor');
  const { isContainer } = await import('@weightfold/container');
  if (isContainer(model)) throw packedAlready(input);
  const { bytes, report } = compress(model, { level: options.level });
  if (report.unparsed !== null) {
    session.note(
      `${input} was packed as plain bytes, because it is no .tflite that can be read: ${report.unparsed}`,
    );
  }
  const output = writeOutput(target, bytes);
  const { inputBytes, outputBytes, encodeMs } = report;
  const summary =
    `${input} ${integer(inputBytes)} bytes → ${target} ${integer(outputBytes)} bytes: ` +
    `${inputBytes > 0 ? `compression ${percent(1 - outputBytes / inputBytes)}, ` : ''}${Math.round(encodeMs)} ms`;
  return {
    document: { input, output, level: options.level, ...report },
    text: session.verbose ? `${tensorTable(report.tensors)}\n${summary}` : summary,
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

function tensorTable(tensors: { name: string; bytes: number; codedBytes: number; codec: string }[]): string {
  return textTable(
    [
      { head: 'tensor', cut: true },
      { head: 'bytes', align: 'right' },
      { head: 'coded', align: 'right' },
      { head: 'codec' },
    ],
    tensors.map((tensor) => [
      shortName(tensor.name),
      integer(tensor.bytes),
      integer(tensor.codedBytes),
      tensor.codec,
    ]),
  );
}
