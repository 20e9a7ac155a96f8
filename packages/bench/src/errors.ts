import { type ErrorDetails, WeightfoldError } from '@weightfold/base';

/** A measurement that could not be made. */
export class BenchError extends WeightfoldError {
  constructor(message: string, details: Omit<ErrorDetails, 'code'> & { code?: string }) {
    super(message, { code: 'BENCH', ...details });
  }
}
