import { encodeRecords } from '@weightfold/container';
import { decodeTime } from './choice.js';
import type { Scheme } from './scheme.js';

/** Repeats as copies: for structure, plain bytes, wide elements, and scales that lie on a grid. Long zeros need no copies. */
export const records: Scheme = {
  name: 'records',
  applies({ kind, data, tensor }, level) {
    if (data.length === 0) return false;
    if (tensor) return tensor.elementSize > 1 && kind === 'tensor' && level !== 'fast';
    return kind !== 'zeros';
  },
  encode({ data }) {
    const coded = encodeRecords(data);
    return coded ? [{ codec: 'records', coded, time: decodeTime('records', data.length) }] : [];
  },
};
