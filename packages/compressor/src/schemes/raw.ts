import { encodeRaw } from '@weightfold/container';
import { decodeTime } from './choice.js';
import type { Scheme } from './scheme.js';

/** The bytes as they are: always possible, so that no block grows. */
export const raw: Scheme = {
  name: 'raw',
  applies: () => true,
  encode: ({ data }) => [{ codec: 'raw', coded: encodeRaw(data), time: decodeTime('raw', data.length) }],
};
