/** How the encoder finds parameters for a block of words: every candidate is priced by the bits that it would cost. */
import { NumberCost } from '../../coding/numbers.js';
import { putClasses } from '../rans/class-maps.js';
import { byEntropy, classCounts, classify, type Lines } from '../rans/classes.js';
import { entropyBits, type Fit, fitTables } from '../rans/fit.js';
import { numberContexts } from '../rans/tables.js';
import { type Known, type Segment, type Style, segmentsOf } from './segments.js';
import {
  contexts,
  isNegative,
  magnitudeOf,
  mostClasses,
  mostWindow,
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

/** Signs and tokens of all words, as they are without shifts. */
interface Tokens {
  negative: Uint8Array;
  token: Uint16Array;
}

function tokensOf(words: Uint32Array, segments: Segment[], shape: TokenShape, float: boolean): Tokens {
  const negative = new Uint8Array(words.length);
  const token = new Uint16Array(words.length);
  let at = 0;
  for (const { length, base } of segments) {
    for (const end = at + length; at < end; at++) {
      negative[at] = isNegative(words[at]!, base, float, shape.width) ? 1 : 0;
      token[at] = tokenOf(shape, magnitudeOf(words[at]!, base, float, shape.width));
    }
  }
  return { negative, token };
}

/** Symbols of all words with these segments, and the raw bits beside them. */
function symbolsOf(
  { negative, token }: Tokens,
  known: Known,
  plan: Pick<Draft, 'shape' | 'window' | 'segments'>,
) {
  const { shape, window } = plan;
  const bitsOf = Float64Array.from({ length: tokenCount(shape) }, (_, t) => tokenRange(shape, t).bits);
  const center = known.values.length + window;
  const symbols = new Uint8Array(token.length);
  let raw = 0;
  let at = 0;
  for (const { length, shift } of plan.segments) {
    for (const end = at + length; at < end; at++) {
      const value = known.index[at]!;
      if (value < known.values.length) {
        symbols[at] = value;
        continue;
      }
      const index = token[at]! - shift;
      const outside = index < 0 || index >= window;
      symbols[at] = center + (outside ? window : negative[at] ? -1 - index : index);
      raw += outside ? shape.width : bitsOf[token[at]!]!;
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

/** The window that holds all tokens, or the largest of them where the shifts may follow. */
function fitWindow({ token }: Tokens, known: Known, shifts: boolean, segments: Segment[]) {
  let largest = -1;
  let at = 0;
  for (const { length, shift } of segments) {
    for (const end = at + length; at < end; at++)
      if (known.index[at]! >= known.values.length) largest = Math.max(largest, token[at]! - shift);
  }
  const most = Math.min(mostWindow, Math.floor((255 - known.values.length) / 2));
  const window = Math.min(largest + 1, most);
  const beyond = shifts ? largest + 1 - window : 0;
  return { window, segments: segments.map((segment) => ({ ...segment, shift: segment.shift + beyond })) };
}

/** Words in one style. @param lengths of the segments, in words */
export function draftOf(words: Uint32Array, lengths: number[], known: Known, style: Style): Draft {
  const { shape, segments: wanted } = segmentsOf(words, lengths, known, style);
  const tokens = tokensOf(words, wanted, shape, style.float);
  const { window, segments } = fitWindow(tokens, known, style.shifts, wanted);
  const { symbols, raw } = symbolsOf(tokens, known, { shape, window, segments });
  const side = new NumberCost(numberContexts);
  putSegments(side, segments, style);
  const { values } = known;
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
