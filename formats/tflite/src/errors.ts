import { type ErrorDetails, WeightfoldError } from '@weightfold/base';

/** A damaged, truncated, hostile or foreign .tflite file. `where` names table, field and byte offset. */
export class TfliteError extends WeightfoldError {
  constructor(message: string, details: Omit<ErrorDetails, 'code'> & { code?: string }) {
    super(message, { code: 'BAD_TFLITE', ...details });
  }
}
