import {
  exponentRow,
  highRows,
  highTailRow,
  leastCopy,
  lengthBitsRow,
  lengthRow,
  lowRows,
  operation,
  operationRow,
  rows,
  shortTailRow,
} from './contexts.js';
import { isFresh, type RecordState, repeatIndex } from './state.js';

/** Where symbols go: to the coder, or to counts. */
export interface NibbleSink {
  put(row: number, symbol: number): void;
  putMixed(pair: [number, number], set: number, symbol: number): void;
  putPlain(value: number, bits: number): void;
}

/** A literal (length 1) or a copy. Whether its length is the predicted one follows from the state. */
export interface Operation {
  kind: number;
  length: number;
  distance: number;
}

const log2 = (value: number): number => 31 - Math.clz32(value);

/** @param extra length minus the least length of its kind */
export function putLength(sink: NibbleSink, row: number, extra: number): void {
  if (extra < 10) {
    sink.put(row, extra);
    return;
  }
  const bits = log2(extra - 9);
  const rest = extra - 9 - 2 ** bits;
  sink.put(row, Math.min(15, 10 + bits));
  if (bits >= 5) {
    sink.put(rows.longExponent, bits - 5);
    sink.put(rows.longTop, rest >>> (bits - 4));
    sink.putPlain(rest & (2 ** (bits - 4) - 1), bits - 4);
  } else if (bits > 0) sink.put(lengthBitsRow(bits), rest);
}

/** The distance without the row of its exponent, which the length decides. */
export function putTail(sink: NibbleSink, distance: number): void {
  const exponent = log2(distance);
  const rest = distance - 2 ** exponent;
  if (exponent >= 15) sink.put(rows.farExponent, exponent - 15);
  if (exponent === 0) return;
  if (exponent < 5) {
    sink.put(shortTailRow(exponent), rest);
    return;
  }
  const plain = Math.max(0, exponent - 8);
  sink.put(highTailRow(exponent), rest >>> (4 + plain));
  sink.putPlain((rest >>> 4) & (2 ** plain - 1), plain);
  sink.put(rows.lowTail, rest & 15);
}

function putDistance(sink: NibbleSink, row: number, distance: number): void {
  sink.put(row, Math.min(15, log2(distance)));
  putTail(sink, distance);
}

export function putLiteral(sink: NibbleSink, state: RecordState, byte: number): void {
  const place = state.literalPlace();
  sink.putMixed(highRows(place), 0, byte >> 4);
  sink.putMixed(lowRows(place, byte >> 4), 1, byte & 15);
}

const timedBy = operation.freshTimed - operation.fresh;

/** The operation symbol of a copy: timed when its length is the predicted one. */
export function operationOf(kind: number, length: number, predicted: number): number {
  if (kind === operation.literal) return kind;
  const least = kind === operation.fresh ? leastCopy : 1;
  return length === predicted && length >= least ? kind + timedBy : kind;
}

/** Writes one operation and brings the state behind it. */
export function putOperation(
  sink: NibbleSink,
  state: RecordState,
  { kind, length, distance }: Operation,
): void {
  const row = operationRow(state.state, state.started());
  if (kind === operation.literal) {
    sink.put(row, operation.literal);
    putLiteral(sink, state, state.bytes[state.bytes.length - state.starts.length + state.position]!);
    state.afterLiteral();
    return;
  }
  const from = isFresh(kind) ? distance : state.distances[repeatIndex(kind)]!;
  const op = operationOf(kind, length, state.predictedLength(from));
  sink.put(row, op);
  if (isFresh(kind)) {
    if (op === kind) putLength(sink, lengthRow(0, state.position), length - leastCopy);
    putDistance(sink, op === kind ? exponentRow(length) : rows.timedExponent, from);
  } else if (op === kind) {
    putLength(sink, lengthRow(kind === operation.repeat ? 1 : 2, state.position), length - 1);
  }
  state.afterCopy(op, from, length);
}
