import {
  encodeContextWithin,
  recordParameters,
  repetitiveParameters,
  structureParameters,
} from '@weightfold/container';
import { decodeTime } from './choice.js';
import type { Material, Scheme } from './scheme.js';

/** The best parameters first. */
function candidates({ kind, data, tensor }: Material) {
  if (kind !== 'structure' && kind !== 'tensor') return [recordParameters(data.length, 4)];
  if (tensor) return [recordParameters(data.length, Math.min(8, tensor.elementSize))];
  return [structureParameters(data.length), repetitiveParameters(data.length)];
}

/** Adaptive mixing of contexts at level max, for all but weights of one byte. */
export const context: Scheme = {
  name: 'context',
  applies({ kind, data, tensor }, level) {
    // Long zeros shrink to the limit of what a block may hold with any codec, and rANS decodes them fastest.
    if (data.length === 0 || kind === 'zeros' || tensor?.elementSize === 1) return false;
    return level === 'max';
  },
  encode(material) {
    const coded = encodeContextWithin(material.data, candidates(material));
    return coded ? [{ codec: 'context', coded, time: decodeTime('context', material.data.length) }] : [];
  },
};
