import { namingFile } from '@weightfold/base';
import type { Command } from 'commander';
import { readInput, readInputFile } from '../files.js';
import { examples } from '../options.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';

interface VerifyOptions {
  against?: string;
}

export function verifyVerb(program: Command, act: Act): Command {
  const command = program
    .command('verify')
    .summary('check a .wfz: checksums, and a full decode with both decoders')
    .description(
      'Checks every checksum of a .wfz and decodes it whole with the native and the reference decoder.',
    )
    .argument('<file.wfz>', 'the container; - for stdin')
    .option('--against <model.tflite>', 'the file that it must restore, byte for byte')
    .action(act(verify));
  return examples(command, 'weightfold verify model.wfz --against model.tflite');
}

async function verify(_session: Session, file: string, options: VerifyOptions): Promise<Result> {
  const wfz = await readInput(file);
  const against = options.against === undefined ? undefined : readInputFile(options.against);
  const { verifyContainer } = await import('@weightfold/bench/verify');
  const result = namingFile(file, () => verifyContainer(wfz, against));
  return { document: { file, ...result }, text: `${file}: ok` };
}
