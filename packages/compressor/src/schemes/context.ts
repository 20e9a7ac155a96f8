import { encodeContext, recordParameters, structureParameters } from '@weightfold/container';
import type { Material, Scheme } from './scheme.js';
import { contextAtDefault } from './symbols.js';

/** Larger streams than this are left to rANS at the default level. */
const largestAtDefault = 2 ** 20;

function parametersFor({ kind, data, tensor }: Material) {
  if (kind === 'scales' || kind === 'biases') return recordParameters(data.length, 4);
  return tensor
    ? recordParameters(data.length, Math.min(8, tensor.elementSize))
    : structureParameters(data.length);
}

/** Adaptive mixing of contexts for structure, scales, biases, and at level max for wide elements. */
export const context: Scheme = {
  name: 'context',
  applies({ kind, data, tensor }, level) {
    if (data.length === 0 || tensor?.elementSize === 1) return false;
    if (level !== 'default') return level === 'max';
    return data.length <= (kind === 'tensor' ? contextAtDefault : largestAtDefault);
  },
  encode: (material) => [{ codec: 'context', coded: encodeContext(material.data, parametersFor(material)) }],
};
