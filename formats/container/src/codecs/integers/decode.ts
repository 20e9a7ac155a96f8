import { ByteReader } from '../../bytes.js';
import { NumberDecoder } from '../../coding/numbers.js';
import { damaged } from '../../errors.js';
import { getClasses } from '../rans/class-maps.js';
import { mostTotalLog2, numberContexts, unzigzag } from '../rans/tables.js';
import { getTokenTables, TokenDecoder } from '../rans/tokens.js';
import { BitReader } from './bits.js';
import {
  contexts,
  flags,
  mostClasses,
  mostLow,
  mostMantissa,
  mostSegments,
  mostSplit,
  mostWindow,
  resolutionShift,
  type TokenRange,
  type TokenShape,
  tokenCount,
  tokenRange,
  unsigned,
} from './shape.js';

interface Head {
  flags: number;
  resolution: number;
  shape: TokenShape;
  totalLog2: number;
  /** Symbols of one sign. */
  window: number;
  /** Words with symbols of their own. */
  values: number[];
  segments: number;
  classes: number;
}

interface Segment {
  length: number;
  table: number;
  base: number;
  shift: number;
}

function readShape(reader: ByteReader): Pick<Head, 'flags' | 'resolution' | 'shape' | 'totalLog2'> {
  const at = reader.offset;
  const first = reader.u8('integers header');
  const second = reader.u8('integers low bits and mantissa');
  const third = reader.u8('integers split and total');
  const width = first & flags.wide ? 32 : 16;
  const shape = {
    width,
    low: second & mostLow,
    mantissa: second >> 5,
    split: third & 15,
    precision: first & flags.precision ? reader.u8('integers precision') : width,
  };
  const totalLog2 = 8 + (third >> 4);
  const fits =
    first < 128 &&
    shape.mantissa <= Math.min(mostMantissa, shape.split) &&
    shape.split <= mostSplit &&
    shape.low + shape.split <= width &&
    shape.precision > shape.split &&
    shape.precision <= width &&
    totalLog2 <= mostTotalLog2;
  if (!fits) throw damaged(at, 'integers header', 'a shape within its limits', `${[first, second, third]}`);
  return { flags: first, resolution: 2 ** ((first >> resolutionShift) & 3), shape, totalLog2 };
}

export function readHead(reader: ByteReader, elements: number): Head {
  const head = readShape(reader);
  const at = reader.offset;
  const window = reader.u8('integers window');
  const count = reader.u8('integers values');
  if (window > mostWindow || count + 2 * window > 255)
    throw damaged(at, 'integers symbols', 'at most 127 of a sign and 256 in all', `${window}, ${count}`);
  const word = () => {
    if (head.shape.width === 32) return reader.u32('integers value');
    return reader.u8('integers value') | (reader.u8('integers value') << 8);
  };
  const values = Array.from({ length: count }, word);
  const segments = reader.bounded('integers segments', 1, Math.min(mostSegments, Math.max(1, elements)));
  return { ...head, window, values, segments, classes: reader.bounded('integers classes', 1, mostClasses) };
}

/** Lengths of the segments; the last one has what is left. */
function readLengths(side: NumberDecoder, count: number, elements: number, at: number): number[] {
  let left = elements;
  const lengths = Array.from({ length: count - 1 }, () => {
    const length = side.get(contexts.length);
    if (length > left) throw damaged(at, 'integers segment', `at most ${left} words`, `${length}`);
    left -= length;
    return length;
  });
  return [...lengths, left];
}

function readSide(bytes: Uint8Array, head: Head, elements: number, at: number) {
  const side = new NumberDecoder(numberContexts, bytes);
  const lengths = readLengths(side, head.segments, elements, at);
  const classes =
    head.classes > 1
      ? getClasses(side, head.segments, head.classes, contexts.class, at)
      : new Uint8Array(head.segments);
  let shift = 0;
  const segments = lengths.map((length, i): Segment => {
    const base = head.flags & flags.bases ? unzigzag(side.get(contexts.base)) : 0;
    if (head.flags & flags.shifts) shift += unzigzag(side.get(contexts.shift));
    const modulus = 2 ** head.shape.width;
    const scaled = (((base * 2 ** head.shape.low) % modulus) + modulus) % modulus;
    return { length, table: classes[i]!, base: scaled, shift };
  });
  const slots = getTokenTables(side, head.classes, head.resolution, head.totalLog2);
  if (!slots) throw damaged(at, 'frequency table', 'levels in range, one above 0', 'others');
  if (!side.exact) throw damaged(at, 'integers side information', 'all bytes to be used', 'another length');
  return { segments, slots };
}

/** The word of a symbol: a value, a token with a sign and raw bits, or, behind the tokens, all bits raw. */
function wordOf(
  symbol: number,
  head: Head,
  segment: Segment,
  ranges: TokenRange[],
  bits: BitReader,
): number | null {
  const { values, window, shape } = head;
  if (symbol < values.length) return values[symbol]!;
  const index = symbol - values.length - window;
  if (index === window) return bits.get(shape.width);
  const range = ranges[(index < 0 ? -1 - index : index) + segment.shift];
  if (index > window || !range) return null;
  const magnitude = range.least + bits.get(range.bits) * 2 ** range.shift;
  return unsigned(index < 0, magnitude, segment.base, (head.flags & flags.float) !== 0, shape.width);
}

/** Words in `length` bytes, by the block's first byte. */
export function wordCount(coded: Uint8Array, length: number): number {
  return Math.floor(length / (coded[0]! & flags.wide ? 4 : 2));
}

/** Decodes `length` bytes of little-endian words. @param offset where `coded` begins in the container, for messages */
export function decodeIntegers(coded: Uint8Array, length: number, offset: number): Uint8Array {
  const reader = new ByteReader(coded, offset);
  const head = readHead(reader, wordCount(coded, length));
  const size = head.shape.width / 8;
  const sideBytes = reader.bytes(reader.varint('length of integers side information'), 'side information');
  const { segments, slots } = readSide(sideBytes, head, Math.floor(length / size), offset);
  const tokens = new TokenDecoder(
    reader.bytes(reader.varint('length of integers tokens'), 'integers tokens'),
    slots,
    head.totalLog2,
  );
  const tail = reader.bytes(length % size, 'bytes after the last word');
  const bits = new BitReader(reader.bytes(reader.remaining, 'integers bits'));
  const ranges = Array.from({ length: tokenCount(head.shape) }, (_, token) => tokenRange(head.shape, token));
  const out = new Uint8Array(length);
  let at = 0;
  for (const segment of segments) {
    for (let i = 0; i < segment.length; i++) {
      const word = wordOf(tokens.get(segment.table), head, segment, ranges, bits);
      if (word === null) throw damaged(offset, `integer ${at / size}`, 'a token in range', 'another');
      for (let byte = 0; byte < size; byte++) out[at++] = word / 2 ** (8 * byte);
    }
    if (tokens.missing || bits.missing)
      throw damaged(offset, 'integers', 'tokens and bits for all words', 'too few');
  }
  if (!tokens.exact || !bits.exact)
    throw damaged(offset, 'integers tokens and bits', 'all bytes to be used', 'another length');
  out.set(tail, at);
  return out;
}
