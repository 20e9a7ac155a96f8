import { CommanderError } from 'commander';
import { toFailure } from './failure.js';
import { createProgram } from './program.js';
import { Session } from './session.js';

// A reader that closes early (`weightfold inspect m.tflite | head -1`) is no failure; without a reader of
// stderr the work still goes on.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});
process.stderr.on('error', () => {});

const program = createProgram();

/** The session as far as it can be told from the words when parsing itself may have failed. */
function sessionOf(words: string[]): Session {
  const end = words.indexOf('--');
  const before = end < 0 ? words : words.slice(0, end);
  const verbs = program.commands.map((command) => command.name());
  return new Session(before.find((word) => verbs.includes(word)) ?? null, {
    json: before.includes('--json'),
    verbose: before.includes('-v') || before.includes('--verbose'),
  });
}

const words = process.argv.slice(2);
try {
  await program.parseAsync(words, { from: 'user' });
} catch (error) {
  // --help and --version end commander's parsing by an exception, too; they have been printed.
  const printed = error instanceof CommanderError && error.exitCode === 0;
  if (!printed) {
    const session = sessionOf(words);
    session.fail(toFailure(error, session.command));
  }
}
