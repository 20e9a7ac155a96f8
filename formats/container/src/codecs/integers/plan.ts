/** How the encoder finds parameters for a block of words: every candidate is priced by the bits that it would cost. */
import { NumberCost } from '../../coding/numbers.js';
import { putClasses } from '../rans/class-maps.js';
import { byEntropy, classCounts, classify, type Lines } from '../rans/classes.js';
import { entropyBits, type Fit, fitTables } from '../rans/fit.js';
import { numberContexts } from '../rans/tables.js';
import { type Segment, type Style, segmentsOf } from './segments.js';
import {
  contexts,
  mostClasses,
  mostWindow,
  signed,
  type TokenShape,
  tokenCount,
  tokenOf,
  tokenRange,
} from './shape.js';
import { putSegments } from './side.js';

/** Words in one style, before tables. */
export interface Draft {
  style: Style;
  shape: TokenShape;
  window: number;
  values: number[];
  segments: Segment[];
  /** One per word. */
  symbols: Uint8Array;
  /** What all but tables and symbols costs. */
  otherBits: number;
  /** What all costs with one table, about. */
  bits: number;
}

/** Everything that a block needs beside its words. */
export interface IntegersPlan extends Draft {
  classes: Uint8Array;
  fit: Fit;
}

/** Symbols of all words with these segments, and the raw bits beside them. */
function symbolsOf(
  words: Uint32Array,
  plan: Pick<Draft, 'style' | 'shape' | 'window' | 'values' | 'segments'>,
) {
  const { shape, window, style } = plan;
  const known = new Map(plan.values.map((value, index) => [value, index]));
  const bitsOf = Float64Array.from(
    { length: tokenCount(shape) },
    (_, token) => tokenRange(shape, token).bits,
  );
  const symbols = new Uint8Array(words.length);
  let raw = 0;
  let at = 0;
  for (const { length, base, shift } of plan.segments) {
    for (const end = at + length; at < end; at++) {
      const value = known.get(words[at]!);
      if (value !== undefined) {
        symbols[at] = value;
        continue;
      }
      const { negative, magnitude } = signed(words[at]!, base, style.float, shape.width);
      const token = tokenOf(shape, magnitude);
      const index = token - shift;
      const outside = index < 0 || index >= window;
      symbols[at] = known.size + window + (outside ? window : negative ? -1 - index : index);
      raw += outside ? shape.width : bitsOf[token]!;
    }
  }
  return { symbols, raw };
}

/** Histograms of the segments. */
function linesOf(symbols: Uint8Array, segments: Segment[]): Lines {
  const starts = new Uint32Array(segments.length + 1);
  const found: number[] = [];
  const counts: number[] = [];
  let at = 0;
  segments.forEach(({ length }, line) => {
    const histogram = new Float64Array(256);
    for (const end = at + length; at < end; at++) histogram[symbols[at]!]!++;
    histogram.forEach((count, symbol) => {
      if (count === 0) return;
      found.push(symbol);
      counts.push(count);
    });
    starts[line + 1] = found.length;
  });
  return { starts, symbols: Uint8Array.from(found), counts: Float64Array.from(counts) };
}

/** The cheapest classes of segments with their tables. */
function fitClasses(
  symbols: Uint8Array,
  segments: Segment[],
): { classes: Uint8Array; fit: Fit; bits: number } {
  const lines = linesOf(symbols, segments);
  const order = byEntropy(lines);
  let best: { classes: Uint8Array; fit: Fit; bits: number } | null = null;
  for (const count of [1, 2, 4, 8, mostClasses].filter((number) => number <= segments.length)) {
    const classes = count === 1 ? new Uint8Array(segments.length) : classify(lines, order, count);
    const side = new NumberCost(numberContexts);
    if (count > 1) putClasses(side, classes, contexts.class);
    const fit = fitTables(classCounts(lines, classes, count), true);
    const bits = fit.bits + side.bits;
    if (best && bits >= best.bits) break;
    best = { classes, fit, bits };
  }
  return best!;
}

/** Magnitudes of all tokens fit into the window, or the largest of them where the shifts may follow. */
function fitWindow(
  shape: TokenShape,
  words: Uint32Array,
  style: Style,
  segments: Segment[],
  values: number[],
) {
  const known = new Set(values);
  let largest = -1;
  let at = 0;
  for (const { length, base, shift } of segments) {
    for (const end = at + length; at < end; at++) {
      if (known.has(words[at]!)) continue;
      const { magnitude } = signed(words[at]!, base, style.float, shape.width);
      largest = Math.max(largest, tokenOf(shape, magnitude) - shift);
    }
  }
  const most = Math.min(mostWindow, Math.floor((255 - values.length) / 2));
  const window = Math.min(largest + 1, most);
  if (!style.shifts) return { window, segments };
  const beyond = largest + 1 - window;
  return { window, segments: segments.map((segment) => ({ ...segment, shift: segment.shift + beyond })) };
}

/** Words in one style. @param lengths of the segments, in words */
export function draftOf(words: Uint32Array, lengths: number[], values: number[], style: Style): Draft {
  const { shape, segments: wanted } = segmentsOf(words, lengths, values, style);
  const { window, segments } = fitWindow(shape, words, style, wanted, values);
  const { symbols, raw } = symbolsOf(words, { style, shape, window, values, segments });
  const side = new NumberCost(numberContexts);
  putSegments(side, segments, style);
  const otherBits = raw + side.bits + values.length * shape.width;
  const counts = new Float64Array(256);
  for (const symbol of symbols) counts[symbol]!++;
  const bits = otherBits + entropyBits(counts);
  return { style, shape, window, values, segments, symbols, otherBits, bits };
}

/** The draft with the tables that cost least. */
export function planOf(draft: Draft): IntegersPlan {
  const { classes, fit, bits } = fitClasses(draft.symbols, draft.segments);
  return { ...draft, classes, fit, bits: draft.otherBits + bits };
}
