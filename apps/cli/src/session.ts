import { styleText } from 'node:util';
import type { Failure } from './failure.js';
import { writeStdout } from './files.js';

/** Version of every JSON document that the command line prints. */
export const schemaVersion = 1;

/** The options that every verb has. */
export interface CommonOptions {
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

/** What a verb yields: one document for scripts, one text for people, and an exit code when it is not 0. */
export interface Result {
  document: Record<string, unknown>;
  text: string;
  exitCode?: number;
  /** Stdout holds the result itself (`-o -`): the text goes to stderr. */
  dataOnStdout?: boolean;
  /** What goes on after the result was printed: a server. */
  after?: () => Promise<void>;
}

/** True when colours may be written to the stream: a terminal, and NO_COLOR (no-color.org) not set. */
export function useColor(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

/** One run of one verb: data goes to stdout, everything else to stderr. */
export class Session {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;

  constructor(
    readonly command: string | null,
    options: CommonOptions,
  ) {
    this.json = options.json === true;
    this.quiet = options.quiet === true;
    this.verbose = options.verbose === true;
  }

  /** Progress and remarks; silent with -q. */
  note(message: string): void {
    if (!this.quiet) process.stderr.write(`${message}\n`);
  }

  /** Details that only -v shows. */
  detail(message: string): void {
    if (this.verbose) process.stderr.write(`${message}\n`);
  }

  print(result: Result): void {
    if (this.json) this.printDocument(result.document);
    else if (result.dataOnStdout) this.note(result.text);
    else writeStdout(result.text.endsWith('\n') ? result.text : `${result.text}\n`);
    process.exitCode = result.exitCode ?? 0;
  }

  fail(failure: Failure): void {
    const { exitCode, stack, ...error } = failure;
    if (!this.json || !this.tryDocument({ ok: false, error })) process.stderr.write(failureText(failure));
    if (this.verbose && stack) process.stderr.write(`${stack}\n`);
    process.exitCode = exitCode;
  }

  /** False when stdout takes no document: that may be what failed. */
  private tryDocument(document: Record<string, unknown>): boolean {
    try {
      this.printDocument(document);
      return true;
    } catch {
      return false;
    }
  }

  private printDocument(document: Record<string, unknown>): void {
    const whole = { schemaVersion, command: this.command, ...document };
    writeStdout(`${JSON.stringify(whole, null, 2)}\n`);
  }
}

function failureText(failure: Failure): string {
  const head = useColor(process.stderr) ? styleText('red', 'error:') : 'error:';
  // Who stops a run makes no error.
  const lines = [failure.code === 'INTERRUPTED' ? failure.message : `${head} ${failure.message}`];
  for (const key of ['where', 'expected', 'received', 'hint'] as const) {
    const value = failure[key];
    if (value !== undefined && !failure.message.includes(value)) lines.push(`  ${key}: ${value}`);
  }
  return `${lines.join('\n')}\n`;
}
