import type { NumberSink } from '../../coding/numbers.js';
import { zigzag } from '../rans/tables.js';
import type { Segment, Style } from './segments.js';
import { contexts } from './shape.js';

/** Lengths of segments as numbers; the last one is what is left. */
export function putLengths(side: NumberSink, segments: Segment[]): void {
  for (const { length } of segments.slice(0, -1)) side.put(contexts.length, length);
}

/** Bases, and shifts as differences from the one before, as numbers. */
export function putPlaces(side: NumberSink, segments: Segment[], style: Style): void {
  let before = 0;
  for (const { base, shift } of segments) {
    const signs = base >= 2 ** (style.width - 1) ? base - 2 ** style.width : base;
    if (style.bases) side.put(contexts.base, zigzag(Math.floor(signs / 2 ** style.low)));
    if (style.shifts) side.put(contexts.shift, zigzag(shift - before));
    before = shift;
  }
}

export function putSegments(side: NumberSink, segments: Segment[], style: Style): void {
  putLengths(side, segments);
  putPlaces(side, segments, style);
}
