import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Attempt, mostAttempts, nextTarget, smallestAccepted } from './drop-search.js';

/** The whole search where files of at least `limit` bytes are good enough, and the stage's own λ makes one of `given`. */
function search(given: number, limit: number): Attempt[] {
  const attempts: Attempt[] = [];
  for (let target = nextTarget(attempts); target !== null; target = nextTarget(attempts)) {
    const bytes = target === 'given' ? given : target;
    attempts.push({ bytes, accepted: bytes >= limit });
  }
  return attempts;
}

it('goes down while it may, then halves what is between good and bad', () => {
  expect(search(10_000, 5_000).map(({ bytes }) => bytes)).toEqual([
    10_000, 6_000, 3_600, 4_648, 5_281, 4_954, 5_115,
  ]);
});

it('goes up while nothing is good enough', () => {
  expect(search(1_000, 2_000).map(({ bytes }) => bytes)).toEqual([
    1_000, 1_667, 2_778, 2_152, 1_894, 2_019, 1_956,
  ]);
});

it('is bounded, and within a fifth of the smallest good file wherever it begins within a factor of two', () => {
  const bytes = fc.integer({ min: 1_000, max: 1_000_000 });
  fc.assert(
    fc.property(bytes, fc.double({ min: 0.5, max: 2, noNaN: true }), (given, factor) => {
      const limit = Math.round(given * factor);
      const attempts = search(given, limit);
      expect(attempts.length).toBeLessThanOrEqual(mostAttempts);
      const best = smallestAccepted(attempts)!;
      expect(best.bytes).toBeGreaterThanOrEqual(limit);
      expect(best.bytes).toBeLessThan(1.2 * limit);
    }),
  );
});

it('does not let a bad file above the smallest good one end it: accuracies are noisy', () => {
  const attempts = [
    { bytes: 5_000, accepted: false },
    { bytes: 4_000, accepted: true },
  ];
  expect(nextTarget(attempts)).toBe(2_400);
});
