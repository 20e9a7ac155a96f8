import { decodeContainer, type ReadOptions } from '@weightfold/container';

/**
 * Unpacks a .wfz container to the original bytes; checksums and the SHA-256 of the whole are verified.
 *
 * @throws ContainerError that says where the file is damaged, unknown or beyond the limits
 */
export function decompress(wfz: Uint8Array, options: ReadOptions = {}): Uint8Array {
  return decodeContainer(wfz, options);
}
