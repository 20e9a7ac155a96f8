import { type ByteReader, ByteWriter } from '../../bytes.js';
import { damaged } from '../../errors.js';
import { contextCount, contextValues, lineCounts } from './contexts.js';
import { type DecisionTree, decisionTree, levelCount } from './tree.js';

/** How the symbols of a tensor lie, in symbols. */
export interface WeightGeometry {
  /** Length of the innermost dimension: the column of symbol i is i mod columns. */
  columns: number;
  /** Symbols of one index of the outermost dimension: the row of symbol i is i / rowLength. */
  rowLength: number;
  /** How far back two further neighbours are. */
  distances: [number, number];
  /** Whether a column is an output channel (depthwise kernels), or a row. */
  channelsAreColumns: boolean;
}

/** What the encoder chose and the decoder must know: see spec.md. */
export interface WeightParameters extends WeightGeometry {
  /** Null for ranks; else the symbols are bytes, and rank 0 is this byte. */
  center: number | null;
  /** Whether every channel is expected to hold one byte that is 127 from the center. */
  extremes: boolean;
  /** Largest rank in the tree. */
  largest: number;
  /** How frequent the magnitudes are, per class: see tree.ts. */
  levels: Uint8Array;
}

export const limits = { states: 2 ** 22, lines: 65536, extreme: 127 };
/** Most steps of work per coded byte, as for the context codec. */
export const workPerByte = 8192;

const flags = { bytes: 1, extremes: 2, channelsAreColumns: 4 };

/** States of all contexts: one per value of a context and node of the tree. */
export function stateCount(parameters: WeightParameters, length: number): number {
  return contextValues(parameters, length) * parameters.largest;
}

/** Steps of some ten nanoseconds that decoding takes: four per decision, and one for 16 states that are made. See spec.md, "Work". */
export function weightWork(parameters: WeightParameters, tree: DecisionTree, length: number): number {
  const states = Math.min(stateCount(parameters, length), length * contextCount * parameters.largest);
  return 4 * length * (tree.depth + 2) + Math.floor(states / 16);
}

export function writeParameters(parameters: WeightParameters): Uint8Array {
  const out = new ByteWriter();
  const { center, extremes, channelsAreColumns, levels } = parameters;
  out.u8(
    (center === null ? 0 : flags.bytes) |
      (extremes ? flags.extremes : 0) |
      (channelsAreColumns ? flags.channelsAreColumns : 0),
  );
  if (center !== null) out.u8(center);
  out.varint(parameters.columns);
  out.varint(parameters.rowLength);
  for (const distance of parameters.distances) out.varint(distance);
  out.u8(parameters.largest);
  for (let i = 0; i < levels.length; i += 2) out.u8(levels[i]! | ((levels[i + 1] ?? 0) << 4));
  return out.finish();
}

function readLevels(reader: ByteReader, count: number): Uint8Array {
  const levels = new Uint8Array(count);
  for (let i = 0; i < count; i += 2) {
    const pair = reader.u8('levels');
    levels[i] = pair & 15;
    if (i + 1 < count) levels[i + 1] = pair >> 4;
    else if (pair > 15) throw damaged(reader.offset, 'the last level', 'below 16', `${pair}`);
  }
  return levels;
}

/** @param length symbols in the block */
export function readParameters(
  reader: ByteReader,
  length: number,
): { parameters: WeightParameters; tree: DecisionTree } {
  const at = reader.offset;
  const head = reader.u8('weights header');
  const bytes = (head & flags.bytes) !== 0;
  const extremes = (head & flags.extremes) !== 0;
  if (head > 7 || (extremes && !bytes)) {
    throw damaged(at, 'weights header', 'flags below 8, extremes only of bytes', `${head}`);
  }
  const center = bytes ? reader.u8('center') : null;
  const columns = reader.bounded('columns', 1, length);
  const rowLength = reader.bounded('row length', 1, length);
  const distances: [number, number] = [
    reader.bounded('first distance', 1, length),
    reader.bounded('second distance', 1, length),
  ];
  const most = extremes ? 2 * limits.extreme - 2 : 255;
  const largest = reader.u8('largest rank');
  if (largest < 1 || largest > most)
    throw damaged(reader.offset, 'largest rank', `1 to ${most}`, `${largest}`);
  const levels = readLevels(reader, levelCount(largest));
  const channelsAreColumns = (head & flags.channelsAreColumns) !== 0;
  const parameters = { center, extremes, columns, rowLength, distances, channelsAreColumns, largest, levels };
  const lines = Math.max(...lineCounts(parameters, length));
  if (lines > limits.lines) throw damaged(at, 'rows or columns', `at most ${limits.lines}`, `${lines}`);
  const states = stateCount(parameters, length);
  if (states > limits.states)
    throw damaged(at, 'states of all contexts', `at most ${limits.states}`, `${states}`);
  return { parameters, tree: decisionTree(levels, largest) };
}
