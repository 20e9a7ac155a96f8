import { type ErrorDetails, WeightfoldError } from '@weightfold/base';

/** A rival that cannot be installed (NO_RIVALS), or that failed on what it was asked (RIVAL_FAILED). */
export class RivalError extends WeightfoldError {
  constructor(message: string, details: Omit<ErrorDetails, 'code'> & { code: 'NO_RIVALS' | 'RIVAL_FAILED' }) {
    super(message, details);
  }
}
