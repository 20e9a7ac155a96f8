import { UsageError } from '@weightfold/base';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';

/** Rounding modes of the runtime (design: decisions 17). */
export const roundingModes = ['tflm', 'litert-ref', 'single'] as const;
export type Rounding = (typeof roundingModes)[number];

/** What --threads says wherever it is offered. */
export const threadsHelp = 'threads that share each op’s work, 1 to 64 (default 1); the outputs are the same';

/** Parser of a whole number ≥ least, for commander. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
  };
}

/** Parser of a number from 0 to `most`, for commander. */
export function numberUpTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= 0 && value <= most) return value;
    throw new InvalidArgumentError(`Expected a number from 0 to ${most}.`);
  };
}

/** Parser of a number above 0, for commander. */
export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

/** Collects an option that may be given several times. */
export function repeated(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

/** Adds the examples to a verb's help. */
export function examples(command: Command, ...lines: string[]): Command {
  const label = lines.length > 1 ? 'Examples:' : 'Example:';
  return command.addHelpText('after', `\n${label}\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
}

/**
 * The value of an option that must be given. Not commander's requiredOption, which would complain about this one
 * before it looks at a misspelt other one.
 */
export function required<T>(value: T | undefined, flag: string): T {
  if (value !== undefined && value !== '') return value;
  throw new UsageError(`The option ${flag} is missing`, {
    code: 'MISSING_OPTION',
    expected: flag,
    hint: 'Give it; --help has an example.',
  });
}

const secondsIn: Record<string, number> = { ms: 1e-3, s: 1, '': 1, m: 60, min: 60, h: 3600 };

/** Parser of a length of time in seconds, for commander: 1.5, 90s, 10m, 1h. */
export function seconds(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|)$/.exec(text.trim()) ?? [];
  const value = Number(number) * secondsIn[unit]!;
  if (value > 0) return value;
  throw new InvalidArgumentError('Expected a length of time, as in 90s, 10m or 1h.');
}
