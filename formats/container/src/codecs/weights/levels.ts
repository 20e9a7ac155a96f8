import { freshModel } from '../../coding/adaptive.js';
import { movedState } from './mixer.js';
import type { CodeBit } from './model.js';

export const largestLevel = 15;
/** Twice the largest difference of two levels, and one. */
const longest = 31;

/** A number as so many ones and a zero, each with the probability that bits at its place had. */
function codeUnary(value: number, states: Int32Array, codeBit: CodeBit): number {
  let count = 0;
  while (count < longest) {
    const place = Math.min(count, states.length - 1);
    const bit = codeBit(value > count ? 1 : 0, Math.max(1, states[place]! >>> 16));
    states[place] = movedState(states[place]!, bit ? 4194303 : 0);
    if (!bit) break;
    count++;
  }
  return count;
}

/**
 * Codes levels as differences from the one before, or decodes them into `levels`: they are close to one another.
 *
 * @returns false when a decoded level is outside 0 to 15
 */
export function codeLevels(levels: Uint8Array, codeBit: CodeBit): boolean {
  const states = new Int32Array(4).fill(freshModel);
  let before = 0;
  for (let i = 0; i < levels.length; i++) {
    const difference = levels[i]! - before;
    const code = codeUnary(difference < 0 ? -2 * difference - 1 : 2 * difference, states, codeBit);
    before += code % 2 ? -(code + 1) / 2 : code / 2;
    if (before < 0 || before > largestLevel) return false;
    levels[i] = before;
  }
  return true;
}
