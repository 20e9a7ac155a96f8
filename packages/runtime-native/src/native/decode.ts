import { WeightfoldError } from '@weightfold/base';
import { ContainerError, openContainer } from '@weightfold/container';
import { addon } from './addon.js';

export interface DecodedContainer {
  bytes: Uint8Array;
  /** Memory to memory on one thread, with the checksums of all spans; without the hash of the whole. */
  decodeMs: number;
  hashMs: number;
}

/** Largest original that is decoded unless the caller says otherwise: 1 GiB. */
const defaultLimit = 2 ** 30;

/**
 * Decodes a .wfz in C++ and checks its checksums.
 * @throws ContainerError naming the byte for a damaged container; WeightfoldError when it says that it is larger than maxBytes
 */
export function decodeContainer(wfz: Uint8Array, { maxBytes = defaultLimit } = {}): DecodedContainer {
  const { decodeContainer: decode } = addon();
  try {
    return decode(wfz, maxBytes);
  } catch (error) {
    const { code, offset, message } = error as { code?: string; offset?: number; message: string };
    if (code === undefined) throw error;
    if (code === 'TOO_LARGE') {
      throw new WeightfoldError(`${message}, more than the limit of ${maxBytes}`, {
        code,
        expected: `at most ${maxBytes} bytes`,
        received: message,
        hint: 'pass a larger maxBytes if you trust the file',
        cause: error,
      });
    }
    diagnose(wfz);
    throw new ContainerError(`Damaged container: ${message}`, { code, offset: offset ?? 0, cause: error });
  }
}

/**
 * The reference reader says more about a damaged header or a file that is cut short, and always the same.
 * @throws ContainerError when header or table are damaged
 */
function diagnose(wfz: Uint8Array): void {
  openContainer(wfz, { maximumSize: Number.MAX_SAFE_INTEGER });
}
