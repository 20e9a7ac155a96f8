import { dictionary } from '../records/dictionary.js';
import type { ContextParameters, Term } from './parameters.js';

const byte = (argument: number, shift = 0): Term => ({ kind: 'byte', argument, shift });
const modulo = (argument: number): Term => ({ kind: 'modulo', argument, shift: 0 });
const derived = (argument: number): Term => ({ kind: 'derived', argument, shift: 0 });
const [expected, matchLength, zeros, beforeZeros] = [1, 2, 3, 4].map(derived) as [Term, Term, Term, Term];
const last = (count: number): Term[] => Array.from({ length: count }, (_, i) => byte(i + 1));

/** log2 of the slots that `length` symbols in `contexts` contexts may fill, 10 to 22. */
function tableBits(length: number, contexts: number): number {
  const slots = Math.max(1, length) * contexts * 8;
  return Math.min(22, Math.max(10, Math.ceil(Math.log2(slots))));
}

/**
 * Tables, vectors and names as they stand in a file: little-endian 4-byte fields, repeats, text. Learned on what converters write into
 * most models.
 */
export function structureParameters(length: number): ContextParameters {
  const contexts = [
    [modulo(4)],
    last(1),
    [...last(1), modulo(4)],
    last(2),
    last(3),
    last(4),
    last(6),
    [byte(8), byte(1), modulo(4)],
    [byte(1), byte(2), byte(4), byte(8)],
    [byte(12), byte(16), modulo(4)],
    [expected, matchLength],
    [byte(5), byte(1), modulo(4)],
    [zeros, beforeZeros, modulo(4)],
    [expected, byte(8), modulo(4)],
  ];
  return {
    prepared: 'structure',
    bits: 8,
    tableBits: tableBits(dictionary.length + length, contexts.length),
    rate: 32,
    period: 4,
    minimumMatch: 5,
    contexts,
  };
}

/** Few contexts, for structure that repeats so much that more would be beyond the limit of work. */
export function repetitiveParameters(length: number): ContextParameters {
  const contexts = [[], last(1), last(3)];
  return {
    bits: 8,
    tableBits: tableBits(length, contexts.length),
    rate: 28,
    period: 1,
    minimumMatch: 5,
    contexts,
  };
}

/** The container's own table: varints whose records resemble one another. */
export function tableParameters(length: number): ContextParameters {
  const contexts = [[], last(1), last(2), last(3), [byte(2)], [byte(3)], [byte(4)], [byte(6)]];
  return {
    prepared: 'table',
    bits: 8,
    tableBits: tableBits(length, contexts.length),
    rate: 8,
    period: 1,
    minimumMatch: 0,
    contexts,
  };
}

/** Scales (binary32) and biases (int32): little-endian records of `stride` bytes. */
export function recordParameters(length: number, stride: number): ContextParameters {
  const contexts = [
    [modulo(stride)],
    [...last(1), modulo(stride)],
    [...last(2), modulo(stride)],
    [byte(stride), modulo(stride)],
    [byte(stride), byte(1), modulo(stride)],
    [byte(stride), byte(2 * stride), modulo(stride)],
    last(stride + 1),
  ];
  return {
    bits: 8,
    tableBits: tableBits(length, contexts.length),
    rate: 32,
    period: stride,
    minimumMatch: 0,
    contexts,
  };
}

/** Models of which a block only has the number. */
export const preparedModels = { structure: structureParameters, table: tableParameters };
