import { timeOrNull, UsageError, WeightfoldError } from '@weightfold/base';
import { ContainerError, openContainer } from '@weightfold/container';
import { addon, expectCurrentAddon, type NativeDecoding } from './addon.js';

export interface DecodeOptions {
  /** Largest original that is decoded; 1 GiB when not given. */
  maxBytes?: number;
  /** Threads that decode blocks at the same time, at most one per block; 1 when not given. The bytes are the same. */
  threads?: number;
  /** Where to decode to, as long as the original; a new array when not given. */
  out?: Uint8Array;
}

/** An original that was packed, and what getting it back took. */
export interface DecodedContainer {
  bytes: Uint8Array;
  /** Memory to memory, with the checksums of the file and all blocks; without the hash of the whole. Null on an emulator. */
  decodeMs: number | null;
  hashMs: number | null;
}

/** Largest original that is decoded unless the caller says otherwise: 1 GiB. */
const defaultLimit = 2 ** 30;
const mostThreads = 64;

/**
 * Decodes a .wfz in C++ and checks its checksums.
 * @throws ContainerError naming the byte for a damaged container; WeightfoldError when it says that it is larger than maxBytes;
 * UsageError for a number of threads that cannot be
 */
export function decodeContainer(wfz: Uint8Array, options: DecodeOptions = {}): DecodedContainer {
  const { bytes, decodeMs, hashMs } = decodeTimed(wfz, options);
  return { bytes, decodeMs: timeOrNull(decodeMs), hashMs: timeOrNull(hashMs) };
}

/** The original in a .wfz, for those who ask for no times. @throws as decodeContainer does */
export const unpack = (wfz: Uint8Array): Uint8Array => decodeTimed(wfz, {}).bytes;

function decodeTimed(
  wfz: Uint8Array,
  { maxBytes = defaultLimit, threads = 1, out }: DecodeOptions,
): NativeDecoding {
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads) {
    const expected = `1 to ${mostThreads}`;
    throw new UsageError(`threads: expected ${expected} but received ${threads}`, {
      where: 'threads',
      expected,
      received: `${threads}`,
    });
  }
  const { decodeContainer: decode } = addon();
  try {
    return decode(wfz, maxBytes, threads, out);
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
    expectCurrentAddon(error);
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
