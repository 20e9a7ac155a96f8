import { WeightfoldError } from '@weightfold/base';

const signals = { SIGINT: 130, SIGTERM: 143 } as const;

/** Waits for SIGINT or SIGTERM, where these are how work comes to its end. A second one ends the process at once. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve());
  });
}

/** What is told when work was stopped: what became of its state, and how to go on. */
interface Outcome {
  state: string;
  hint: string;
}

/**
 * Runs work that can be stopped: the first SIGINT or SIGTERM aborts the signal it gets, so that it saves its
 * state; a second one ends the process at once. When the work ends by that, an error with exit code 130 or 143
 * is thrown that says what became of it and how to go on.
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  onSignal: () => void,
  told: Outcome,
): Promise<T> {
  const controller = new AbortController();
  let received: keyof typeof signals | null = null;
  const listen = (name: keyof typeof signals) => {
    if (received !== null) process.exit(signals[name]);
    received = name;
    onSignal();
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, listen);
  try {
    return await work(controller.signal);
  } catch (error) {
    // Something else may go wrong while the state is being saved: that must not read as "saved".
    throw received !== null && isAbort(error, controller.signal) ? interrupted(received, told, error) : error;
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, listen);
  }
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}

function interrupted(name: keyof typeof signals, { state, hint }: Outcome, cause?: unknown): WeightfoldError {
  return new WeightfoldError(`Stopped by ${name}; ${state}`, {
    code: 'INTERRUPTED',
    received: name,
    hint,
    exitCode: signals[name],
    cause,
  });
}
