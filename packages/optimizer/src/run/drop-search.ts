/** A training that was judged: packed bytes of its file, and whether its accuracy is good enough. */
export interface Attempt {
  bytes: number;
  accepted: boolean;
}

/** Trainings at most: the first as its λ makes it, and so many targets after it. */
export const mostAttempts = 7;
/** By what the next target differs while no bracket is known. */
const stride = 0.6;
/** A bracket that is narrower than this is not worth another training. */
const narrow = 0.97;

/**
 * Looks for the smallest file that is good enough: down by strides while it is, up by strides while none is, then between the smallest
 * good one and the largest bad one below it, by geometric means.
 * @param attempts what was tried, in order
 * @returns bytes to aim at next; 'given': as the stage's λ makes it; null: nothing is left to try
 */
export function nextTarget(attempts: readonly Attempt[]): number | 'given' | null {
  if (attempts.length === 0) return 'given';
  if (attempts.length >= mostAttempts) return null;
  const good = smallestAccepted(attempts)?.bytes ?? Infinity;
  const rejected = attempts.filter(({ accepted, bytes }) => !accepted && bytes < good);
  if (rejected.length === 0) return Math.round(stride * good);
  const bad = Math.max(...rejected.map(({ bytes }) => bytes));
  if (good === Infinity) return Math.round(bad / stride);
  return bad / good > narrow ? null : Math.round(Math.sqrt(bad * good));
}

/** The smallest file that is good enough; null: none is. */
export function smallestAccepted<T extends Attempt>(attempts: readonly T[]): T | null {
  return attempts
    .filter(({ accepted }) => accepted)
    .reduce<T | null>((best, one) => (best && best.bytes <= one.bytes ? best : one), null);
}
