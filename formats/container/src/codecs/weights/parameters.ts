import { type ByteReader, ByteWriter } from '../../bytes.js';
import { damaged } from '../../errors.js';
import { contextCount, contextValues, lineCounts } from './contexts.js';
import type { DecisionTree } from './tree.js';

/** How a tensor lies: lengths of its dimensions but the outermost, the innermost first, at most three. */
export interface WeightShape {
  dimensions: readonly number[];
  /** Whether a column is an output channel (depthwise kernels), or a row. */
  channelsAreColumns: boolean;
}

/** How the symbols of a tensor lie, in symbols; follows from its shape. */
export interface WeightGeometry extends WeightShape {
  /** Length of the innermost dimension: the column of symbol i is i mod columns. */
  columns: number;
  /** Symbols of one index of the outermost dimension: the row of symbol i is i / rowLength. */
  rowLength: number;
  /** How far back two further neighbours are. */
  distances: [number, number];
}

/** @param length symbols of the tensor, at least as many as the dimensions' product */
export function geometryOf(shape: WeightShape, length: number): WeightGeometry {
  const [columns, second, third = 1] = shape.dimensions;
  if (columns === undefined)
    return { ...shape, columns: 1, rowLength: length, distances: [1, Math.min(2, length)] };
  if (second === undefined)
    return { ...shape, columns, rowLength: columns, distances: [1, Math.min(2, length)] };
  const plane = columns * second;
  return { ...shape, columns, rowLength: plane * third, distances: [columns, plane] };
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

const flags = { bytes: 1, extremes: 2, channelsAreColumns: 4, center: 8, dimension: 16 };

/** States of all contexts: one per value of a context and node of the tree. */
export function stateCount(parameters: Omit<WeightParameters, 'levels'>, length: number): number {
  return contextValues(parameters, length) * parameters.largest;
}

/** Steps of some ten nanoseconds that decoding takes: four per decision, and one for 16 states that are made. See spec.md, "Work". */
export function weightWork(parameters: WeightParameters, tree: DecisionTree, length: number): number {
  const states = Math.min(stateCount(parameters, length), length * contextCount * parameters.largest);
  return 4 * length * (tree.depth + 2) + Math.floor(states / 16);
}

export function writeParameters(parameters: WeightParameters): Uint8Array {
  const out = new ByteWriter();
  const { center, extremes, channelsAreColumns, dimensions } = parameters;
  out.u8(
    (center === null ? 0 : flags.bytes) |
      (extremes ? flags.extremes : 0) |
      (channelsAreColumns ? flags.channelsAreColumns : 0) |
      (center ? flags.center : 0) |
      (dimensions.length * flags.dimension),
  );
  if (center) out.u8(center);
  for (const dimension of dimensions) out.varint(dimension);
  out.u8(parameters.largest);
  return out.finish();
}

function readDimensions(reader: ByteReader, count: number, length: number): number[] {
  let most = length;
  return Array.from({ length: count }, () => {
    const dimension = reader.bounded('dimension', 1, most);
    most = Math.floor(most / dimension);
    return dimension;
  });
}

/**
 * All but the levels, which are coded bits.
 *
 * @param length symbols in the block
 */
export function readParameters(reader: ByteReader, length: number): Omit<WeightParameters, 'levels'> {
  const at = reader.offset;
  const head = reader.u8('weights header');
  const bytes = (head & flags.bytes) !== 0;
  const extremes = (head & flags.extremes) !== 0;
  const hasCenter = (head & flags.center) !== 0;
  if (head > 63 || ((extremes || hasCenter) && !bytes)) {
    throw damaged(at, 'weights header', 'flags below 64, extremes and center only of bytes', `${head}`);
  }
  const center = bytes ? (hasCenter ? reader.u8('center') : 0) : null;
  const dimensions = readDimensions(reader, head >> 4, length);
  const channelsAreColumns = (head & flags.channelsAreColumns) !== 0;
  const geometry = geometryOf({ dimensions, channelsAreColumns }, length);
  const most = extremes ? 2 * limits.extreme - 2 : 255;
  const largest = reader.u8('largest rank');
  if (largest < 1 || largest > most)
    throw damaged(reader.offset, 'largest rank', `1 to ${most}`, `${largest}`);
  const parameters = { ...geometry, center, extremes, largest };
  const lines = Math.max(...lineCounts(geometry, length));
  if (lines > limits.lines) throw damaged(at, 'rows or columns', `at most ${limits.lines}`, `${lines}`);
  const states = stateCount(parameters, length);
  if (states > limits.states)
    throw damaged(at, 'states of all contexts', `at most ${limits.states}`, `${states}`);
  return parameters;
}
