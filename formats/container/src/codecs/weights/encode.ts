import { BinaryEncoder } from '../../coding/binary-coder.js';
import { lineCounts } from './contexts.js';
import { fitLevels } from './fit-levels.js';
import { codeLevels } from './levels.js';
import { rankOf, WeightModel } from './model.js';
import {
  geometryOf,
  limits,
  stateCount,
  type WeightGeometry,
  type WeightParameters,
  type WeightShape,
  weightWork,
  workPerByte,
  writeParameters,
} from './parameters.js';
import { decisionTree } from './tree.js';

const extremeRank = 2 * limits.extreme - 1;

/** Whether most channels have one byte that is 127 from the center, and none has one that is 128 from it. */
function hasExtremes(ranks: Uint8Array, geometry: WeightGeometry): boolean {
  const { columns, rowLength, channelsAreColumns } = geometry;
  const lines = lineCounts(geometry, ranks.length);
  const found = new Int32Array(lines[channelsAreColumns ? 1 : 0]);
  for (let i = 0; i < ranks.length; i++) {
    if (ranks[i]! < extremeRank) continue;
    if (ranks[i]! > extremeRank + 1) return false;
    found[channelsAreColumns ? i % columns : Math.floor(i / rowLength)]!++;
  }
  return found.filter((count) => count === 1).length > 0.8 * found.length;
}

function encodeRanks(ranks: Uint8Array, parameters: WeightParameters): Uint8Array | null {
  const tree = decisionTree(parameters.levels, parameters.largest);
  const model = new WeightModel(parameters, tree, ranks.length);
  const coder = new BinaryEncoder();
  const codeBit = (bit: number, probability: number): number => {
    coder.encode(bit, probability);
    return bit;
  };
  codeLevels(parameters.levels, codeBit);
  for (let position = 0; position < ranks.length; position++)
    model.code(ranks, position, ranks[position]!, codeBit);
  const coded = Buffer.concat([writeParameters(parameters), coder.finish()]);
  return weightWork(parameters, tree, ranks.length) <= workPerByte * coded.length ? coded : null;
}

/**
 * Codes the weights of a tensor with a mixture of contexts that know how they lie.
 *
 * @param symbols ranks in a palette, or bytes
 * @param center null for ranks; the byte that most bytes are near to, normally the zero point
 * @returns null where the codec does not apply: only one symbol, too many lines, dimensions that are too long, or more work than a block may ask for
 */
export function encodeWeights(
  symbols: Uint8Array,
  shape: WeightShape,
  center: number | null,
): Uint8Array | null {
  if (shape.dimensions.reduce((product, dimension) => product * dimension, 1) > symbols.length) return null;
  const geometry = geometryOf(shape, symbols.length);
  const ranks = center === null ? symbols : symbols.map((byte) => rankOf(byte, center));
  if (Math.max(...lineCounts(geometry, ranks.length)) > limits.lines) return null;
  const extremes = center !== null && hasExtremes(ranks, geometry);
  const largest = ranks.reduce(
    (most, rank) => (extremes && rank >= extremeRank ? most : Math.max(most, rank)),
    0,
  );
  if (largest === 0) return null;
  const parameters = { ...geometry, center, extremes, largest, levels: fitLevels(ranks, largest) };
  return stateCount(parameters, ranks.length) <= limits.states ? encodeRanks(ranks, parameters) : null;
}
