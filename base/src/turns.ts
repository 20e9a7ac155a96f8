/** Work in parts: it yields between them, so that who does it may let something else have its turn, and returns what comes of it. */
export type Parts<T> = Generator<void, T, void>;

/** Milliseconds of work between two turns of the event loop. */
const longest = 50;

/** Does the work at once. */
export function atOnce<T>(work: Parts<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/**
 * Does the work with turns for signals, timers and progress in between.
 * @throws the signal's reason when it is aborted before a part; `finally` in the work is done then
 */
export async function inTurns<T>(work: Parts<T>, signal?: AbortSignal): Promise<T> {
  try {
    for (let last = performance.now(); ; ) {
      signal?.throwIfAborted();
      const { done, value } = work.next();
      if (done) return value;
      if (performance.now() - last < longest) continue;
      await turn();
      last = performance.now();
    }
  } finally {
    work.return(undefined as T);
  }
}

/** Lets the event loop have one turn. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
