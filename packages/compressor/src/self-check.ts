import { WeightfoldError } from '@weightfold/base';
import { decodeContainer } from '@weightfold/container';

/**
 * Decodes what was written, with every check, before anybody relies on it.
 *
 * @throws WeightfoldError when it does not give the original
 */
export function expectOriginal(bytes: Uint8Array, original: Uint8Array): void {
  try {
    const decoded = decodeContainer(bytes, { maximumSize: original.length });
    if (Buffer.compare(decoded, original) === 0) return;
    throw new RangeError('decoded to other bytes');
  } catch (cause) {
    throw new WeightfoldError(`compress: the container does not decode: ${(cause as Error).message}`, {
      code: 'SELF_CHECK',
      expected: 'the original, byte for byte',
      received: (cause as Error).message,
      hint: 'This is a fault in weightfold: please report it with the input file. Nothing was written.',
      cause,
    });
  }
}
