import { type ByteReader, ByteWriter } from '../../bytes.js';
import { damaged } from '../../errors.js';
import { dictionary } from '../records/dictionary.js';
import { preparedModels } from './presets.js';

/**
 * One ingredient of a context:
 * byte – the symbol `argument` positions back, shifted right; 0 before the start of the block
 * modulo – the position in the block modulo `argument`
 * divide – the position in the block divided by `argument`, rounded down
 * derived – by `argument`: 1 the symbol that the match model expects, 2 the length of its match, 3 how many zeros stand just before,
 * 4 the symbol before those
 */
export interface Term {
  kind: 'byte' | 'modulo' | 'divide' | 'derived';
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
  /** A model that the format knows: only its number is written, and everything else follows from it and the block's length. */
  prepared?: keyof typeof preparedModels;
}

export const limits = {
  contexts: 24,
  terms: 12,
  argument: 2 ** 24,
  minimumMatch: 32,
  rate: 64,
  period: 64,
  derived: 4,
  /** Bytes that the prepared model of structure codes at most. */
  structure: 2 ** 21,
};
/** Most steps of work per coded byte that a block may ask for: a legitimate one takes hundreds, rarely thousands. */
export const workPerByte = 8192;

/** What the model learns before the first symbol, and what its contexts and matches may then refer to. */
export function historyOf({ prepared }: ContextParameters): Uint8Array {
  return prepared === 'structure' ? dictionary : new Uint8Array(0);
}

/**
 * Steps that decoding `length` symbols takes, some nanoseconds each: every bit in every context, every term, the symbols that
 * the match model hashes, and the slots that are cleared. See spec.md, "Work".
 */
export function contextWork(parameters: ContextParameters, length: number): number {
  const terms = parameters.contexts.reduce((sum, context) => sum + context.length, 0);
  const perSymbol = parameters.contexts.length * parameters.bits + terms + parameters.minimumMatch;
  return (historyOf(parameters).length + length) * perSymbol + 2 ** parameters.tableBits;
}

const kinds = ['byte', 'modulo', 'divide', 'derived'] as const;
/** First bytes of prepared models; of others it is the bits per symbol. */
const preparedHeads = { structure: 0, table: 9 };

export function writeParameters(parameters: ContextParameters): Uint8Array {
  const out = new ByteWriter();
  if (parameters.prepared) return Uint8Array.of(preparedHeads[parameters.prepared]);
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
  return out.finish();
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
  if (kind === 'derived' && argument > limits.derived)
    throw damaged(reader.offset, 'argument of a derived term', `at most ${limits.derived}`, `${argument}`);
  return { kind, argument, shift: rest % 8 };
}

/** @param length symbols in the block */
export function readParameters(reader: ByteReader, length: number): ContextParameters {
  const at = reader.offset;
  const bits = readByte(reader, 'bits per symbol', 0, 9);
  if (bits === preparedHeads.structure) {
    if (length > limits.structure)
      throw damaged(at, 'length of modelled structure', `at most ${limits.structure}`, `${length}`);
    return preparedModels.structure(length);
  }
  if (bits === preparedHeads.table) return preparedModels.table(length);
  const tableBits = readByte(reader, 'table size (log2)', 8, 22);
  const rate = readByte(reader, 'mixer rate', 1, limits.rate);
  const period = readByte(reader, 'mixer period', 1, limits.period);
  const minimumMatch = readByte(reader, 'shortest match', 0, limits.minimumMatch);
  const count = readByte(reader, 'number of contexts', 1, limits.contexts);
  const contexts = Array.from({ length: count }, () => {
    const terms = readByte(reader, 'number of terms', 0, limits.terms);
    return Array.from({ length: terms }, () => readTerm(reader));
  });
  return { bits, tableBits, rate, period, minimumMatch, contexts };
}
