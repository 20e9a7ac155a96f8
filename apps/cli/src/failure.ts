import { cannotWrite, ExitCode, WeightfoldError } from '@weightfold/base';
import { CommanderError } from 'commander';
import { installOptimizer, lacksOptimizer } from './training.js';

/** An error as scripts see it (`error` of the JSON document) with the exit code that belongs to it. */
export interface Failure {
  code: string;
  message: string;
  where?: string | undefined;
  expected?: string | undefined;
  received?: string | undefined;
  hint?: string | undefined;
  exitCode: number;
  stack?: string | undefined;
}

/** Turns anything that was thrown into a failure with a code, a message and an exit code (docs/cli.md). */
export function toFailure(error: unknown, verb: string | null): Failure {
  if (error instanceof WeightfoldError) return fromWeightfold(error);
  if (error instanceof CommanderError) return fromCommander(error, verb);
  if (lacksOptimizer(error)) return withoutOptimizer(verb);
  if (isSystemError(error)) return fromSystem(error);
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'INTERNAL',
    message,
    hint: 'This is a defect of weightfold: run again with -v and report what it prints.',
    exitCode: ExitCode.failure,
    stack: error instanceof Error ? error.stack : undefined,
  };
}

function fromWeightfold(error: WeightfoldError): Failure {
  const { code, message, where, expected, received, hint, exitCode, stack } = error;
  return { code, message, where, expected, received, hint, exitCode, stack };
}

/** commander's messages read "error: unknown option '--levle'\n(Did you mean --level?)". */
function fromCommander(error: CommanderError, verb: string | null): Failure {
  const seeHelp = `See weightfold ${verb === null ? '' : `${verb} `}--help.`;
  if (error.code === 'commander.help') {
    return { code: 'USAGE', message: 'Expected a known verb', hint: seeHelp, exitCode: ExitCode.usage };
  }
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = /\(Did you mean (.+)\?\)/.exec(rest.join(' '))?.[1];
  return {
    code: 'USAGE',
    message: first.charAt(0).toUpperCase() + first.slice(1),
    expected: suggestion,
    received: /(?:unknown (?:option|command)|argument) '([^']+)'/.exec(first)?.[1],
    hint: suggestion ? `Did you mean ${suggestion}?` : seeHelp,
    exitCode: ExitCode.usage,
  };
}

/** Verbs that train, or read what a training left, on a machine where only measuring was installed. */
function withoutOptimizer(verb: string | null): Failure {
  return {
    code: 'NO_OPTIMIZER',
    message: `${verb ?? 'This'} needs the package @weightfold/optimizer, which is not installed here`,
    where: '@weightfold/optimizer',
    hint: `${installOptimizer}   (it brings TensorFlow.js)`,
    exitCode: ExitCode.failure,
  };
}

/** Codes that mean the user named a wrong path, rather than that something broke. */
const wrongPath: Record<string, string> = {
  ENOENT: 'No such file or folder',
  ENOTDIR: 'A part of the path is not a folder',
  EISDIR: 'The path is a folder, expected a file',
};

/** Codes that only writing can give; Node leaves out the path of a file that was opened before. */
const fullOrReadOnly = ['ENOSPC', 'EDQUOT', 'EROFS'];

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

function fromSystem(error: NodeJS.ErrnoException): Failure {
  const code = error.code ?? 'SYSTEM';
  if (fullOrReadOnly.includes(code)) return fromWeightfold(cannotWrite(error.path ?? 'A file', error));
  const told = wrongPath[code];
  const unbuilt = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return {
    code,
    message: told && error.path ? `${told}: ${error.path}` : error.message,
    where: error.path,
    hint: unbuilt ? 'A part of weightfold is not installed or built. Run: npm run setup' : undefined,
    exitCode: told ? ExitCode.usage : ExitCode.failure,
    stack: error.stack,
  };
}
