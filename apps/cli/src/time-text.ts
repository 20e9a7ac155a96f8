import { emulatedHere, timesRefused } from '@weightfold/base';
import { decimal } from './table.js';

/** Milliseconds in words, or why there are none: only an emulator's are null. */
export function timeText(ms: number | null, digits: number): string {
  return ms === null ? timesRefused(emulatedHere() ?? 'unknown') : `${decimal(ms, digits)} ms`;
}
