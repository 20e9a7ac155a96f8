import { UsageError } from '@weightfold/base';
import type { CompressReport } from '@weightfold/compressor';
import { type Command, Option } from 'commander';
import { checkOutput, readInput, refuseTwoOnStdout, stream, writeOutput } from '../files.js';
import { examples, required } from '../options.js';
import { compareTensors, comparisonTable, tensorTable } from '../packing/compare.js';
import { expectStripOptions, strip } from '../packing/strip.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { SlowProgress } from '../slow-progress.js';
import { integer, percent } from '../table.js';
import { timeText } from '../time-text.js';

interface CompressOptions {
  output?: string;
  level: 'fast' | 'default' | 'max';
  target: 'any' | 'mcu';
  strip?: boolean;
  unproven?: boolean;
  keepTflite?: string;
  compare?: boolean;
  force?: boolean;
}

export function compressVerb(program: Command, act: Act): Command {
  const command = program
    .command('compress')
    .summary('pack a .tflite losslessly into a .wfz')
    .description(
      'Packs a .tflite losslessly into a .wfz. `weightfold decompress` gives the same bytes back. With --strip the model is first ' +
        'rewritten without what inference does not need; both models are run on random inputs, and every output bit must be the same.',
    )
    .argument('<model.tflite>', 'the model to pack; - for stdin')
    .option('-o, --output <file.wfz>', 'where to write; - for stdout')
    .addOption(
      new Option(
        '--level <level>',
        'fast: unpacks fastest; default: smaller; max: smallest, takes longest to pack and unpack',
      )
        .choices(['fast', 'default', 'max'])
        .default('default'),
    )
    .addOption(
      new Option('--target <target>', 'mcu: only what a decoder with 4 KiB of tables can unpack')
        .choices(['any', 'mcu'])
        .default('any'),
    )
    .option(
      '--strip',
      'pack a model without what inference does not need (names, ranges, metadata, unused and equal buffers, padding); ' +
        'decompress gives back that one, not the original',
    )
    .option(
      '--unproven',
      'with --strip: also where nothing here can run the model to prove that outputs stay the same',
    )
    .option('--keep-tflite <file.tflite>', 'with --strip: write the stripped model as well')
    .option('--compare', 'tell per tensor what gzip, zstd, xz and brotli make of it')
    .option('-f, --force', 'replace an existing output')
    .action(act(compressFile));
  return examples(
    command,
    'weightfold compress model.tflite -o model.wfz',
    'weightfold compress model.tflite -o small.wfz --level max --json',
    'cat model.tflite | weightfold compress - -o - > model.wfz',
    'weightfold compress model.tflite -o model.wfz --compare',
    'weightfold compress model.tflite -o stripped.wfz --strip --keep-tflite stripped.tflite',
    'weightfold compress model.tflite -o model.wfz --target mcu',
  );
}

async function compressFile(session: Session, input: string, options: CompressOptions): Promise<Result> {
  const target = required(options.output, '-o, --output <file.wfz>');
  expectStripOptions(options, target);
  refuseTwoOnStdout(target, session.json);
  for (const file of [target, options.keepTflite ?? target]) checkOutput(file, [input], options.force);
  const original = await readInput(input);
  const { compress } = await import('@weightfold/compressor');
  const { isContainer } = await import('@weightfold/container');
  if (isContainer(original)) throw packedAlready(input);
  const stripped = options.strip ? await strip(session, input, original, options) : null;
  const model = stripped?.bytes ?? original;
  const { bytes, report } = await SlowProgress.during(session, (progress) =>
    compress(model, {
      level: options.level,
      target: options.target,
      onProgress: (done, total) => progress.show('bytes packed', done, total),
    }),
  );
  if (report.unparsed !== null) {
    session.note(
      `${input} was packed as plain bytes, because it is no .tflite that can be read: ${report.unparsed}`,
    );
  }
  const compared = options.compare ? await compareTensors(model, bytes) : null;
  if (options.keepTflite !== undefined) writeOutput(options.keepTflite, model);
  const output = writeOutput(target, bytes);
  const table = compared ? comparisonTable(report, compared) : session.verbose ? tensorTable(report) : null;
  const text = [table, stripped?.text, summary(input, target, original.length, report), tablesLine(report)];
  return {
    document: {
      input,
      output,
      level: options.level,
      ...report,
      ...(stripped && { stripped: { ...stripped.document, originalBytes: original.length } }),
      ...(compared && { compared }),
    },
    text: text.filter((part) => part).join('\n'),
    dataOnStdout: target === stream,
  };
}

function summary(input: string, target: string, inputBytes: number, report: CompressReport): string {
  const { outputBytes, encodeMs } = report;
  const saved = inputBytes > 0 ? `compression ${percent(1 - outputBytes / inputBytes)}, ` : '';
  return (
    `${input} ${integer(inputBytes)} bytes → ${target} ${integer(outputBytes)} bytes: ` +
    `${saved}${timeText(encodeMs, 0)}`
  );
}

/** Only for microcontrollers, where it is the point. */
function tablesLine({ target, tableBytes }: CompressReport): string | null {
  return target === 'mcu' ? `target mcu: decoder tables ${integer(tableBytes)} bytes (at most 4,096)` : null;
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
