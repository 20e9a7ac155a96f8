import { type ErrorDetails, WeightfoldError } from '@weightfold/base';

/** Training, export or a run folder that cannot go on. */
export class OptimizerError extends WeightfoldError {
  constructor(message: string, details: Omit<ErrorDetails, 'code'> & { code?: string }) {
    super(message, { code: 'OPTIMIZER', ...details });
  }
}

/** A promised property (zeros, codes, range) that the exported weights do not have. */
export function constraintBroken(layer: string, expected: string, received: string): OptimizerError {
  return new OptimizerError(`${layer}: expected ${expected} but found ${received} in the exported weights`, {
    code: 'CONSTRAINT_BROKEN',
    where: layer,
    expected,
    received,
  });
}
