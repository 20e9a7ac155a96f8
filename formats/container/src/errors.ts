import { type ErrorDetails, WeightfoldError } from '@weightfold/base';

/** A container that cannot be read: damaged, cut short, of an unknown version, or beyond the limits. */
export class ContainerError extends WeightfoldError {
  /** Byte offset in the container file at which the damage was noticed. */
  readonly offset: number;

  constructor(message: string, details: ErrorDetails & { offset: number }) {
    super(`${message} (at byte ${details.offset})`, {
      hint: 'The file is damaged or was not made by weightfold: copy or compress it again.',
      ...details,
      where: details.where ?? `byte ${details.offset}`,
    });
    this.offset = details.offset;
  }
}

/** Shorthand for the usual complaint: what stood there, and what should have. */
export function damaged(
  offset: number,
  what: string,
  expected: string,
  received: string,
  code: 'DAMAGED' | 'HASH_MISMATCH' = 'DAMAGED',
): ContainerError {
  return new ContainerError(`Damaged container: expected ${expected} for ${what} but received ${received}`, {
    code,
    offset,
    expected,
    received,
  });
}

/** The complaint about a file whose end is missing: an offset behind which there should be more bytes. */
export function cutShort(offset: number, what: string, expected: number, left: number): ContainerError {
  return new ContainerError(
    `Damaged container: the file is cut short: expected ${expected} bytes of ${what} but received ${left}`,
    {
      code: 'DAMAGED',
      offset,
      expected: `${expected} bytes`,
      received: `${left} bytes`,
      hint: 'The end of the file is missing: copy or compress it again.',
    },
  );
}

/** How errors call the file that a .wfz holds, when their places are in that file. */
export const packedFile = 'the file packed in it';
