import { damaged } from '../../errors.js';
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
import { dictionary } from './dictionary.js';
import { NibbleDecoder } from './nibbles.js';
import { isFresh, RecordState, repeatIndex, withDictionary } from './state.js';

/** Length above the least of its kind. */
function getLength(input: NibbleDecoder, row: number): number {
  const symbol = input.get(row);
  if (symbol < 11) return symbol;
  if (symbol < 15) return 9 + 2 ** (symbol - 10) + input.get(lengthBitsRow(symbol - 10));
  const bits = 5 + input.get(rows.longExponent);
  const top = input.get(rows.longTop);
  return 9 + 2 ** bits + top * 2 ** (bits - 4) + input.getPlain(bits - 4);
}

function getDistance(input: NibbleDecoder, row: number): number {
  let exponent = input.get(row);
  if (exponent === 15) exponent += input.get(rows.farExponent);
  if (exponent === 0) return 1;
  if (exponent < 5) return 2 ** exponent + input.get(shortTailRow(exponent));
  const plain = Math.max(0, exponent - 8);
  const top = input.get(highTailRow(exponent));
  const middle = input.getPlain(plain);
  return 2 ** exponent + top * 2 ** (4 + plain) + middle * 16 + input.get(rows.lowTail);
}

function getLiteral(input: NibbleDecoder, state: RecordState): void {
  const place = state.literalPlace();
  const high = input.getMixed(highRows(place), 0);
  const low = input.getMixed(lowRows(place, high), 1);
  state.bytes[dictionary.length + state.position] = 16 * high + low;
  state.afterLiteral();
}

interface Copy {
  distance: number;
  length: number;
}

function getCopy(input: NibbleDecoder, state: RecordState, op: number): Copy {
  const timed = op >= operation.freshTimed;
  if (isFresh(op)) {
    const length = timed ? 0 : leastCopy + getLength(input, lengthRow(0, state.position));
    const distance = getDistance(input, timed ? rows.timedExponent : exponentRow(length));
    return { distance, length: timed ? state.predictedLength(distance) : length };
  }
  const index = repeatIndex(op);
  const distance = state.distances[index]!;
  if (timed) return { distance, length: state.predictedLength(distance) };
  return { distance, length: 1 + getLength(input, lengthRow(index === 0 ? 1 : 2, state.position)) };
}

/** Copies byte by byte, since source and target may overlap. */
function copy(state: RecordState, { distance, length }: Copy): void {
  const at = dictionary.length + state.position;
  for (let i = at; i < at + length; i++) state.bytes[i] = state.bytes[i - distance]!;
}

/** Decodes `length` bytes. @param offset where `coded` begins in the container, for messages */
export function decodeRecords(coded: Uint8Array, length: number, offset: number): Uint8Array {
  const input = new NibbleDecoder(coded);
  const state = new RecordState(withDictionary(length), new Uint8Array(length));
  while (state.position < length && !input.missing) {
    const at = offset + input.position;
    const op = input.get(operationRow(state.state, state.started()));
    if (op === operation.literal) {
      getLiteral(input, state);
      continue;
    }
    if (op >= operation.count) throw damaged(at, 'operation', `0 to ${operation.count - 1}`, `${op}`);
    const found = getCopy(input, state, op);
    if (!state.reaches(found.distance)) {
      throw damaged(
        at,
        'distance of a copy',
        `at most ${state.position + dictionary.length}`,
        `${found.distance}`,
      );
    }
    const left = length - state.position;
    const least = isFresh(op) ? leastCopy : 1;
    if (found.length < least || found.length > left) {
      throw damaged(at, 'length of a copy', `${least} to ${left}`, `${found.length}`);
    }
    copy(state, found);
    state.afterCopy(op, found.distance, found.length);
  }
  if (!input.exact)
    throw damaged(offset + coded.length, 'end of the records', 'all words to be used', 'others');
  return state.bytes.slice(dictionary.length);
}
