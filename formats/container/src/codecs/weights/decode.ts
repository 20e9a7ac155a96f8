import { ByteReader } from '../../bytes.js';
import { BinaryDecoder } from '../../coding/binary-coder.js';
import { damaged } from '../../errors.js';
import { codeLevels } from './levels.js';
import { byteOf, WeightModel } from './model.js';
import { readParameters, weightWork, workPerByte } from './parameters.js';
import { decisionTree, levelCount } from './tree.js';

/** Decodes `length` symbols. @param offset where `coded` begins in the container, for messages */
export function decodeWeights(coded: Uint8Array, length: number, offset: number): Uint8Array {
  const reader = new ByteReader(coded, offset);
  const head = readParameters(reader, length);
  const coder = new BinaryDecoder(coded.subarray(reader.position));
  const levels = new Uint8Array(levelCount(head.largest));
  if (!codeLevels(levels, (_, probability) => coder.decode(probability)))
    throw damaged(reader.offset, 'levels', '0 to 15', 'others');
  const parameters = { ...head, levels };
  const tree = decisionTree(levels, head.largest);
  const work = weightWork(parameters, tree, length);
  const most = workPerByte * coded.length;
  if (work > most) throw damaged(offset, 'work of a block of weights', `at most ${most}`, `${work}`);
  const model = new WeightModel(parameters, tree, length);
  const ranks = new Uint8Array(length);
  for (let position = 0; position < length; position++) {
    ranks[position] = model.code(ranks, position, 0, (_, probability) => coder.decode(probability));
    if (coder.overrun) throw damaged(offset + coded.length, 'coded weights', 'more bytes', 'their end');
  }
  if (!coder.exact) throw damaged(offset, 'coded weights', 'all bytes to be used', 'bytes left over');
  const { center } = parameters;
  return center === null ? ranks : ranks.map((rank) => byteOf(rank, center));
}
