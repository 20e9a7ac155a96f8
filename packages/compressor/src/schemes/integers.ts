import { encodeIntegers } from '@weightfold/container';
import { decodeTime } from './choice.js';
import type { Material, Scheme } from './scheme.js';

/** Bytes of a word of the stream, or null when it is not made of words that the codec knows. */
function wordSizeOf({ kind, tensor }: Material): 2 | 4 | null {
  if (kind === 'scales' || kind === 'biases' || kind === 'other') return 4;
  return kind === 'tensor' && (tensor?.elementSize === 2 || tensor?.elementSize === 4)
    ? tensor.elementSize
    : null;
}

/** Sign, exponent and the first bits in rANS, the rest raw: biases, scales, differences from products, and tensors of wide elements. */
export const integers: Scheme = {
  name: 'integers',
  applies(material, level) {
    if (material.data.length === 0 || wordSizeOf(material) === null) return false;
    return material.kind !== 'tensor' || level !== 'fast';
  },
  encode(material) {
    const { data, parts } = material;
    const coded = encodeIntegers(data, { wordSize: wordSizeOf(material)!, parts });
    return coded ? [{ codec: 'integers', coded, time: decodeTime('integers', data.length) }] : [];
  },
};
