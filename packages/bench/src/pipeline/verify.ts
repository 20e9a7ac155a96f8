import { decodeContainer as decodeReference, openContainer } from '@weightfold/container';
import { decodeContainer as decodeNative } from '@weightfold/runtime-native';
import { BenchError } from '../errors.js';

export interface Verification {
  ok: true;
  bytes: number;
  originalBytes: number;
  /** Times of the native decoder; null on an emulator. */
  decodeMs: number | null;
  hashMs: number | null;
  /** Whether it was compared with a file. */
  compared: boolean;
}

/**
 * Decodes a .wfz whole with both decoders, which share no code, checks every checksum and compares the results with each
 * other and, when given, with the file that it must restore.
 * @throws ContainerError for a damaged container; BenchError at the first byte that differs
 */
export function verifyContainer(wfz: Uint8Array, against?: Uint8Array): Verification {
  openContainer(wfz);
  const reference = decodeReference(wfz);
  const { bytes, decodeMs, hashMs } = decodeNative(wfz);
  same(bytes, reference, 'the native decoder', 'the reference decoder');
  if (against) same(reference, against, 'the container', 'the file given with --against');
  return {
    ok: true,
    bytes: wfz.length,
    originalBytes: bytes.length,
    decodeMs,
    hashMs,
    compared: against !== undefined,
  };
}

function same(a: Uint8Array, b: Uint8Array, nameA: string, nameB: string): void {
  if (Buffer.compare(a, b) === 0) return;
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  throw new BenchError(
    `${nameA} and ${nameB} differ from byte ${at} on (${a.length} and ${b.length} bytes)`,
    {
      code: 'DIFFERENT',
      where: `byte ${at}`,
      expected: at < b.length ? `0x${b[at]!.toString(16)}` : 'the end',
      received: at < a.length ? `0x${a[at]!.toString(16)}` : 'the end',
    },
  );
}
