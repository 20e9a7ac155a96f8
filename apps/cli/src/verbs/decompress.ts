import { namingFile } from '@weightfold/base';
import type { Command } from 'commander';
import { checkOutput, readInput, refuseTwoOnStdout, stream, writeOutput } from '../files.js';
import { examples, required, wholeNumber } from '../options.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { integer } from '../table.js';
import { timeText } from '../time-text.js';

interface DecompressOptions {
  output?: string;
  force?: boolean;
  threads: number;
}

export function decompressVerb(program: Command, act: Act): Command {
  const command = program
    .command('decompress')
    .summary('get the .tflite back from a .wfz, byte for byte')
    .description(
      'Unpacks a .wfz to the very bytes that were packed. Every checksum is verified before anything is written. ' +
        'Uses the native decoder; without the native addon the reference decoder in TypeScript, and says so.',
    )
    .argument('<model.wfz>', 'the container; - for stdin')
    .option('-o, --output <file.tflite>', 'where to write; - for stdout')
    .option('--threads <n>', 'native threads that decode at the same time, 1 to 64', wholeNumber(1), 1)
    .option('-f, --force', 'replace an existing output')
    .action(act(decompressFile));
  return examples(
    command,
    'weightfold decompress model.wfz -o restored.tflite',
    'cat model.wfz | weightfold decompress - -o - > restored.tflite',
  );
}

async function decompressFile(session: Session, input: string, options: DecompressOptions): Promise<Result> {
  const target = required(options.output, '-o, --output <file.tflite>');
  refuseTwoOnStdout(target, session.json);
  checkOutput(target, [input], options.force);
  const decoded = await decode(session, input, await readInput(input), options.threads);
  const output = writeOutput(target, decoded.bytes);
  const { decoder, decodeMs, hashMs } = decoded;
  const outputBytes = decoded.bytes.length;
  const time = decoder === 'native' ? `, time of decoding: ${timeText(decodeMs, 2)}` : '';
  return {
    document: { input, output, outputBytes, decoder, decodeMs, hashMs },
    text: `${input} → ${target} ${integer(outputBytes)} bytes (${decoder} decoder${time})`,
    dataOnStdout: target === stream,
  };
}

interface Decoded {
  bytes: Uint8Array;
  decoder: 'native' | 'typescript';
  /** Times of the native decoder; null on an emulator, and for the other decoder, which is not what gets measured. */
  decodeMs: number | null;
  hashMs: number | null;
}

async function decode(session: Session, input: string, wfz: Uint8Array, threads: number): Promise<Decoded> {
  const native = await import('@weightfold/runtime-native');
  const info = native.nativeInfo();
  if (info.loaded)
    return { decoder: 'native', ...namingFile(input, () => native.decodeContainer(wfz, { threads })) };
  session.note(`The native addon is not loaded (${info.error ?? 'unknown reason'}); decoding in TypeScript.`);
  if (info.hint) session.note(info.hint);
  const { decodeContainer } = await import('@weightfold/container');
  const bytes = namingFile(input, () => decodeContainer(wfz));
  return { decoder: 'typescript', bytes, decodeMs: null, hashMs: null };
}
