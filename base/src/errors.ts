/** What every weightfold error says beside its message, so that people and scripts can act on it. */
export interface ErrorDetails {
  /** Stable identifier for scripts, in upper case: `BAD_MAGIC`, `UNKNOWN_KEY`. */
  code: string;
  /** Where it happened: a path, an op or tensor name, a byte offset. */
  where?: string | undefined;
  expected?: string | undefined;
  received?: string | undefined;
  /** What the user can do about it. */
  hint?: string | undefined;
  /** Exit code of the command line for this failure; 1 when not given. */
  exitCode?: number | undefined;
  cause?: unknown;
}

/** Exit codes of the command line, the same for every verb. */
export const ExitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  requirement: 3,
  unsupported: 4,
  device: 5,
  untrusted: 6,
} as const;

/** Base of every error that weightfold throws on purpose. */
export class WeightfoldError extends Error {
  readonly code: string;
  where: string | undefined;
  readonly expected: string | undefined;
  readonly received: string | undefined;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.where = details.where;
    this.expected = details.expected;
    this.received = details.received;
    this.hint = details.hint;
    this.exitCode = details.exitCode ?? ExitCode.failure;
  }

  /** Names the file in which it happened, in the message and in `where`, unless the message names it already. */
  inFile(file: string): this {
    if (this.message.includes(file)) return this;
    this.message = `${file}: ${this.message}`;
    this.where = this.where === undefined ? file : `${file}, ${this.where}`;
    return this;
  }
}

/** Runs work on a file's bytes; errors of ours that come out of it name the file. */
export function namingFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof WeightfoldError ? error.inFile(file) : error;
  }
}

/** A wrong option, argument or configuration (exit code 2). */
export class UsageError extends WeightfoldError {
  constructor(message: string, details: Omit<ErrorDetails, 'code'> & { code?: string }) {
    super(message, { code: 'USAGE', exitCode: ExitCode.usage, ...details });
  }
}

/** @throws UsageError unless the value is bytes: a path in their place is an easy mistake in JavaScript */
export function expectBytes(where: string, value: unknown): void {
  if (value instanceof Uint8Array) return;
  const received = value === null ? 'null' : typeof value;
  const hint = received === 'string' ? 'Read the file first: fs.readFileSync(path).' : undefined;
  const details = { where, expected: 'a Uint8Array', received, hint };
  throw new UsageError(`${where}: expected a Uint8Array but received ${received}`, details);
}

/** A model, op or type that is valid but not supported here (exit code 4). */
export class UnsupportedError extends WeightfoldError {
  constructor(message: string, details: Omit<ErrorDetails, 'code'> & { code?: string }) {
    super(message, { code: 'UNSUPPORTED', exitCode: ExitCode.unsupported, ...details });
  }
}
