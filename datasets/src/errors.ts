import { type ErrorDetails, WeightfoldError } from '@weightfold/base';

/** A data set that cannot be had, or a data file that is damaged. */
export class DatasetError extends WeightfoldError {
  constructor(message: string, details: Omit<ErrorDetails, 'code'> & { code?: string }) {
    super(message, { code: 'BAD_DATA', ...details });
  }
}
