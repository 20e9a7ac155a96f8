import { WeightfoldError } from '@weightfold/base';

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
