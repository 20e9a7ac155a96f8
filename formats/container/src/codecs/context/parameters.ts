import { type ByteReader, ByteWriter } from '../../bytes.js';
import { NumberDecoder, NumberEncoder } from '../../coding/numbers.js';
import { damaged } from '../../errors.js';
import { getClasses, putClasses } from '../rans/class-maps.js';

/**
 * One ingredient of a context:
 * byte – the symbol `argument` positions back, shifted right; 0 before the start of the block
 * modulo – the position in the block modulo `argument`
 * divide – the position in the block divided by `argument`, rounded down
 * class – the class of the row of `argument` symbols (the length that `classes` has) in which the symbol stands
 */
export interface Term {
  kind: 'byte' | 'modulo' | 'divide' | 'class';
  argument: number;
  shift: number;
}

/** What the encoder chose and the decoder must know: see spec.md. */
export interface ContextParameters {
  /** Bits per symbol, 1 to 8. */
  bits: number;
  /** log2 of the number of slots in the hash table, 8 to 22. */
  tableBits: number;
  /** Step of the mixers, 1 to 64. */
  rate: number;
  /** The second mixer is chosen by position modulo this, 1 to 64. */
  period: number;
  /** Length of the shortest repeat that the match model follows; 0 for none, at most 32. */
  minimumMatch: number;
  /** Each context is a list of terms; the empty list is order 0. */
  contexts: Term[][];
  classes: RowClasses;
}

/** Rows of like distribution: rows of `rowLength` symbols in `count` classes; rowLength 0 for none. */
export interface RowClasses {
  rowLength: number;
  count: number;
  map: Uint8Array;
}

export const noClasses: RowClasses = { rowLength: 0, count: 1, map: new Uint8Array(1) };

export const limits = {
  contexts: 24,
  terms: 12,
  argument: 2 ** 24,
  minimumMatch: 32,
  rate: 64,
  period: 64,
  classes: 16,
  rows: 65536,
};
/** Most steps of work per coded byte that a block may ask for: a legitimate one takes hundreds, rarely thousands. */
export const workPerByte = 8192;

/**
 * Steps that decoding `length` symbols takes, some nanoseconds each: every bit in every context, every term, the symbols that
 * the match model hashes, and the slots that are cleared. See spec.md, "Work".
 */
export function contextWork(parameters: ContextParameters, length: number): number {
  const terms = parameters.contexts.reduce((sum, context) => sum + context.length, 0);
  const perSymbol = parameters.contexts.length * parameters.bits + terms + parameters.minimumMatch;
  return length * perSymbol + 2 ** parameters.tableBits;
}

const kinds = ['byte', 'modulo', 'divide', 'class'] as const;

export function writeParameters(parameters: ContextParameters): Uint8Array {
  const out = new ByteWriter();
  out.u8(parameters.bits);
  out.u8(parameters.tableBits);
  out.u8(parameters.rate);
  out.u8(parameters.period);
  out.u8(parameters.minimumMatch);
  out.u8(parameters.contexts.length);
  for (const terms of parameters.contexts) {
    out.u8(terms.length);
    for (const term of terms) out.varint((term.argument * 8 + term.shift) * 4 + kinds.indexOf(term.kind));
  }
  writeClasses(out, parameters.classes);
  return out.finish();
}

function writeClasses(out: ByteWriter, { rowLength, count, map }: RowClasses): void {
  out.varint(rowLength);
  if (rowLength === 0) return;
  out.u8(count);
  const side = new NumberEncoder(limits.classes);
  putClasses(side, map, 0);
  const bytes = side.finish();
  out.varint(bytes.length);
  out.bytes(bytes);
}

function readClasses(reader: ByteReader, length: number): RowClasses {
  const rowLength = reader.bounded('row length', 0, length);
  if (rowLength === 0) return noClasses;
  const at = reader.offset;
  const rows = Math.ceil(length / rowLength);
  if (rows > limits.rows) throw damaged(at, 'rows with classes', `at most ${limits.rows}`, `${rows}`);
  const count = readByte(reader, 'number of classes', 2, limits.classes);
  const side = reader.bytes(reader.varint('length of the class map'), 'class map');
  const input = new NumberDecoder(limits.classes, side);
  const map = getClasses(input, rows, count, 0, at);
  if (!input.exact) throw damaged(at, 'class map', 'all bytes to be used', 'another length');
  return { rowLength, count, map };
}

function readByte(reader: ByteReader, what: string, low: number, high: number): number {
  const at = reader.offset;
  const value = reader.u8(what);
  if (value < low || value > high) throw damaged(at, what, `${low} to ${high}`, `${value}`);
  return value;
}

function readTerm(reader: ByteReader): Term {
  const code = reader.bounded('context term', 0, (limits.argument * 8 + 7) * 4 + 3);
  const kind = kinds[code % 4]!;
  const rest = Math.floor(code / 4);
  const argument = Math.floor(rest / 8);
  if (argument === 0) throw damaged(reader.offset, 'argument of a context term', 'at least 1', '0');
  return { kind, argument, shift: rest % 8 };
}

/** @param length symbols in the block */
export function readParameters(reader: ByteReader, length: number): ContextParameters {
  const bits = readByte(reader, 'bits per symbol', 1, 8);
  const tableBits = readByte(reader, 'table size (log2)', 8, 22);
  const rate = readByte(reader, 'mixer rate', 1, limits.rate);
  const period = readByte(reader, 'mixer period', 1, limits.period);
  const minimumMatch = readByte(reader, 'shortest match', 0, limits.minimumMatch);
  const count = readByte(reader, 'number of contexts', 1, limits.contexts);
  const contexts = Array.from({ length: count }, () => {
    const terms = readByte(reader, 'number of terms', 0, limits.terms);
    return Array.from({ length: terms }, () => readTerm(reader));
  });
  const classes = readClasses(reader, length);
  for (const { kind, argument } of contexts.flat()) {
    if (kind === 'class' && argument !== classes.rowLength) {
      throw damaged(
        reader.offset,
        'argument of a class term',
        `the row length ${classes.rowLength}`,
        `${argument}`,
      );
    }
  }
  return { bits, tableBits, rate, period, minimumMatch, contexts, classes };
}
