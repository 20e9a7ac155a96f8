import { type ErrorDetails, ExitCode, WeightfoldError } from '@weightfold/base';

/** A board that cannot be reached or used (exit code 5). LOST: the connection broke, and may be made again. */
export class BoardError extends WeightfoldError {
  constructor(message: string, details: ErrorDetails) {
    super(message, { exitCode: ExitCode.device, ...details });
  }
}
