import { expect, it } from 'vitest';
import { atOnce, inTurns, type Parts } from './turns.js';

/** Adds up parts that take so many milliseconds each, and says when it is left. */
function* sumOf(parts: number, ms: number, seen: string[] = []): Parts<number> {
  let sum = 0;
  try {
    for (let i = 0; i < parts; i++) {
      for (const end = performance.now() + ms; performance.now() < end; );
      sum += i;
      seen.push(`part ${i}`);
      yield;
    }
    return sum;
  } finally {
    seen.push('left');
  }
}

it('gives the same at once and in turns', async () => {
  expect(atOnce(sumOf(5, 0))).toBe(10);
  expect(await inTurns(sumOf(5, 0))).toBe(10);
});

it('lets others have their turn while it works', async () => {
  const seen: string[] = [];
  setImmediate(() => seen.push('other'));
  await inTurns(sumOf(4, 30, seen));
  expect(seen.indexOf('other')).toBeLessThan(seen.indexOf('part 3'));
});

it('ends when it is aborted, with the reason, and cleans up', async () => {
  const seen: string[] = [];
  const stop = new AbortController();
  setImmediate(() => stop.abort(new Error('enough')));
  await expect(inTurns(sumOf(1000, 30, seen), stop.signal)).rejects.toThrow('enough');
  expect(seen.at(-1)).toBe('left');
  expect(seen.length).toBeLessThan(20);
  await expect(inTurns(sumOf(1, 0, []), AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
});
