import { ByteWriter } from '../../bytes.js';
import { NumberEncoder } from '../../coding/numbers.js';
import { maximumExpansion } from '../../layout.js';
import { putClasses } from '../rans/class-maps.js';
import { numberContexts } from '../rans/tables.js';
import { encodeTokens, putTokenTables } from '../rans/tokens.js';
import { BitWriter } from './bits.js';
import { type Draft, draftOf, type IntegersPlan, planOf } from './plan.js';
import type { Known, Style } from './segments.js';
import { contexts, flags, magnitudeOf, resolutionShift, tokenOf, tokenRange } from './shape.js';
import { putLengths, putPlaces } from './side.js';

export interface IntegersOptions {
  /** Bytes of a word. */
  wordSize: 2 | 4;
  /** Bytes of neighbouring parts of the block, such as tensors, that may differ in magnitude; none: one part. */
  parts?: number[];
}

/** More parts than this are taken as one: the search would take seconds. */
const searched = 2048;
/** Words below which tables have fewer slots, which are faster to fill. */
const shortBlock = 4096;
const mostValues = 16;
/** Words that are looked at to choose among styles. */
const sampled = 8192;
/** How far a style may be behind before classes of segments are looked for: they saved up to 8 % of large blocks. */
const plausible = 1.08;
/** Bits that a value of its own must save. */
const valueBits = 48;

const integer = { float: false, low: 0, bases: false, shifts: false };

/** What is tried: integers whose magnitudes vary, and words that lie near one another, as binary32 numbers of like size do. */
function stylesFor(width: 16 | 32): Style[] {
  const exponents = width === 32 ? 23 : 10;
  const near = [10, 8, 6, 4, 3, 2, 1].map((below): Style => {
    return { ...integer, width, low: exponents - below, split: 6, mantissa: 2, bases: true };
  });
  const floats = [2, 1].map((below): Style => {
    const low = exponents - below;
    return {
      ...integer,
      width,
      low,
      split: Math.min(9, width - low),
      mantissa: 0,
      float: true,
      shifts: true,
    };
  });
  const magnitudes = [0, 1, 2].flatMap((mantissa) =>
    [0, 1, 2, 3].map((places): Style => {
      return { ...integer, width, mantissa, split: mantissa, bases: places > 1, shifts: places % 2 > 0 };
    }),
  );
  return [...magnitudes, ...near, ...floats];
}

function wordsOf(data: Uint8Array, size: number): Uint32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Uint32Array.from({ length: Math.floor(data.length / size) }, (_, i) =>
    size === 4 ? view.getUint32(4 * i, true) : view.getUint16(2 * i, true),
  );
}

/** Words that occur so often that symbols of their own save more than they cost. */
function frequentValues(words: Uint32Array, width: number): Known {
  const counts = new Map<number, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const values = [...counts]
    .filter(([, count]) => count > 2)
    .map(([word, count]) => ({ word, saved: count * Math.log2(1 + magnitudeOf(word, 0, false, width)) }))
    .filter(({ saved }) => saved > valueBits)
    .sort((a, b) => b.saved - a.saved || a.word - b.word)
    .slice(0, mostValues)
    .map(({ word }) => word);
  const places = new Map(values.map((value, index) => [value, index]));
  return { values, index: Uint8Array.from(words, (word) => places.get(word) ?? values.length) };
}

/** Lengths of the parts in words; a word that lies across an edge belongs to the part before. */
function segmentLengths(parts: number[], size: number, words: number): number[] {
  let end = 0;
  let at = 0;
  const lengths = parts.map((bytes) => {
    end += bytes;
    const length = Math.min(words, Math.ceil(end / size)) - at;
    at += length;
    return length;
  });
  return lengths.filter((length) => length > 0);
}

/** Every so many words of long blocks, to choose among styles. */
function sampleOf(words: Uint32Array, known: Known): { words: Uint32Array; known: Known } {
  const step = Math.ceil(words.length / sampled);
  const keep = (_: number, i: number) => i % step === 0;
  return { words: words.filter(keep), known: { ...known, index: known.index.filter(keep) } };
}

/** The styles that may win with one table. */
function plausibleStyles(words: Uint32Array, lengths: number[], known: Known, width: 16 | 32): Style[] {
  const styles = stylesFor(width);
  if (lengths.length > 1) return styles;
  const sample = sampleOf(words, known);
  const drafts = styles.map((style) => draftOf(sample.words, [sample.words.length], sample.known, style));
  return notFarBehind(drafts).map(({ style }) => style);
}

function notFarBehind(drafts: Draft[]): Draft[] {
  const least = Math.min(...drafts.map(({ bits }) => bits));
  return drafts.filter(({ bits }) => bits <= plausible * least + 512);
}

/** The cheapest plan, by what it would cost. Tables and classes are fitted for styles that are not far behind with one table. */
function cheapestPlan(words: Uint32Array, options: IntegersOptions): IntegersPlan {
  const width = options.wordSize === 4 ? 32 : 16;
  const known = frequentValues(words, width);
  const parts = segmentLengths(options.parts ?? [], options.wordSize, words.length);
  const whole = [words.length];
  const drafts = (parts.length > 1 && parts.length <= searched ? [whole, parts] : [whole]).flatMap(
    (lengths) =>
      plausibleStyles(words, lengths, known, width).map((style) => draftOf(words, lengths, known, style)),
  );
  const plans = notFarBehind(drafts).map(planOf);
  return plans.reduce((best, plan) => (plan.bits < best.bits ? plan : best));
}

function rawBits(
  words: Uint32Array,
  { style, shape, window, values, segments, symbols }: IntegersPlan,
): Uint8Array {
  const out = new BitWriter();
  let at = 0;
  for (const { length, base } of segments) {
    for (const end = at + length; at < end; at++) {
      const symbol = symbols[at]!;
      if (symbol < values.length) continue;
      if (symbol === values.length + 2 * window) {
        out.put(words[at]!, shape.width);
        continue;
      }
      const magnitude = magnitudeOf(words[at]!, base, style.float, shape.width);
      const { least, bits, shift } = tokenRange(shape, tokenOf(shape, magnitude));
      out.put((magnitude - least) / 2 ** shift, bits);
    }
  }
  return out.finish();
}

function putHead(out: ByteWriter, plan: IntegersPlan, totalLog2: number): void {
  const { style, shape, window, values, segments, fit } = plan;
  const precise = shape.precision < shape.width;
  out.u8(
    (shape.width === 32 ? flags.wide : 0) |
      (style.float ? flags.float : 0) |
      (style.bases ? flags.bases : 0) |
      (style.shifts ? flags.shifts : 0) |
      (precise ? flags.precision : 0) |
      (Math.log2(fit.resolution) << resolutionShift),
  );
  out.u8(shape.low | (shape.mantissa << 5));
  out.u8(shape.split | ((totalLog2 - 8) << 4));
  if (precise) out.u8(shape.precision);
  out.u8(window);
  out.u8(values.length);
  for (const value of values) for (let bit = 0; bit < shape.width; bit += 8) out.u8(value >>> bit);
  out.varint(segments.length);
  out.varint(fit.tables.length);
}

function sideOf(plan: IntegersPlan): Uint8Array {
  const side = new NumberEncoder(numberContexts);
  putLengths(side, plan.segments);
  if (plan.fit.tables.length > 1) putClasses(side, plan.classes, contexts.class);
  putPlaces(side, plan.segments, plan.style);
  putTokenTables(side, plan.fit.tables);
  return side.finish();
}

/** The table of each word's token. */
function tokensOf({ symbols, segments, classes }: IntegersPlan) {
  let at = 0;
  return segments.flatMap(({ length }, i) => {
    const own = Array.from(symbols.subarray(at, at + length), (symbol) => ({ table: classes[i]!, symbol }));
    at += length;
    return own;
  });
}

/**
 * Words as tokens of sign and magnitude and raw bits (spec.md), with the parameters that cost least.
 *
 * @returns null when the block would hold more bytes per coded byte than it may (SPEC.md, limits), or has no word
 */
export function encodeIntegers(data: Uint8Array, options: IntegersOptions): Uint8Array | null {
  const words = wordsOf(data, options.wordSize);
  if (words.length === 0) return null;
  const plan = cheapestPlan(words, options);
  const totalLog2 = words.length < shortBlock ? 10 : 12;
  const out = new ByteWriter();
  putHead(out, plan, totalLog2);
  const side = sideOf(plan);
  out.varint(side.length);
  out.bytes(side);
  const tokens = encodeTokens(tokensOf(plan), plan.fit.tables, totalLog2);
  out.varint(tokens.length);
  out.bytes(tokens);
  out.bytes(data.subarray(words.length * options.wordSize));
  out.bytes(rawBits(words, plan));
  const coded = out.finish();
  return data.length <= maximumExpansion * coded.length ? coded : null;
}
