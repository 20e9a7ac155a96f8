import { WeightfoldError } from '@weightfold/base';
import { readModel, writeModel } from '@weightfold/tflite';
import { inspectModel } from '../pipeline/inspect.js';

/** What became of a hostile file. */
export interface Verdict {
  /** `read`, or the code of the typed error that refused it. */
  outcome: string;
  /** Why that is a fault, or null. */
  fault: string | null;
  milliseconds: number;
}

/** Longest that a file may take to be read, inspected and written again. */
const limitMs = 1000;

/**
 * A file must be a model that can be inspected, lowered and written again, or be refused by a typed error that says where, what
 * was expected and what came; all of it within a second.
 */
export function judgeCase(bytes: Uint8Array): Verdict {
  const first = attempt(bytes);
  // A machine that is busy with something else may stop a process for a second: what is slow has to be slow twice.
  const verdict = first.milliseconds > limitMs ? attempt(bytes) : first;
  if (verdict.fault === null && verdict.milliseconds > limitMs)
    return { ...verdict, fault: `took ${Math.round(verdict.milliseconds)} ms` };
  return verdict;
}

function attempt(bytes: Uint8Array): Verdict {
  const start = performance.now();
  const { outcome, fault } = outcomeOf(bytes);
  return { outcome, fault, milliseconds: performance.now() - start };
}

function outcomeOf(bytes: Uint8Array): { outcome: string; fault: string | null } {
  let step = 'reading';
  try {
    inspectModel(bytes);
    step = 'writing';
    readModel(writeModel(readModel(bytes)));
    return { outcome: 'read', fault: null };
  } catch (error) {
    if (!(error instanceof WeightfoldError) || step === 'writing')
      return { outcome: 'fault', fault: `${step}: ${(error as Error).stack ?? error}` };
    const said = error.where && error.expected && error.received;
    return { outcome: error.code, fault: said ? null : `says too little: ${error.message}` };
  }
}
