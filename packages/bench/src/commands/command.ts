import { UsageError, WeightfoldError } from '@weightfold/base';

/** Runs a command: its result is the exit code, and an error is told in a sentence, with its own exit code. */
export async function command(run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    const usage = String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
    if (!(error instanceof WeightfoldError || usage)) throw error;
    console.error((error as Error).message);
    if (error instanceof WeightfoldError && error.hint) console.error(error.hint);
    process.exitCode = error instanceof WeightfoldError ? error.exitCode : 2;
  }
}

/** A whole number from an option's text, at least `least`. @throws UsageError naming the option for any other text */
export function wholeNumber(option: string, text: string, least = 1): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
  throw notExpected(option, `a whole number, at least ${least}`, text);
}

/** A number above 0 from an option's text. @throws UsageError naming the option for any other text */
export function positiveNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw notExpected(option, 'a number above 0', text);
}

/** For an option with another text than expected. */
export function notExpected(option: string, expected: string, received: string): UsageError {
  return new UsageError(`--${option}: expected ${expected}, but received ${received}`, {
    expected,
    received,
  });
}
