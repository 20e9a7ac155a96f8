import type { NumberDecoder, NumberSink } from '../../coding/numbers.js';
import { damaged } from '../../errors.js';

/** Class maps as numbers: each class in the context of the one before it (16 contexts from `firstContext`). */
export function putClasses(out: NumberSink, classes: Uint8Array, firstContext: number): void {
  let before = 0;
  for (const value of classes) {
    out.put(firstContext + before, value);
    before = value;
  }
}

/** Reads the classes of `lines` rows or columns, each below `count` (at most 16). @param at offset, for messages */
export function getClasses(
  input: NumberDecoder,
  lines: number,
  count: number,
  firstContext: number,
  at: number,
) {
  const classes = new Uint8Array(lines);
  let before = 0;
  for (let i = 0; i < lines; i++) {
    before = input.get(firstContext + before);
    if (before >= count) throw damaged(at, 'class of a row or column', `below ${count}`, `${before}`);
    classes[i] = before;
  }
  return classes;
}
