import { encodeRaw } from '@weightfold/container';
import type { Scheme } from './scheme.js';

/** The bytes as they are: always possible, so that no block grows. */
export const raw: Scheme = {
  name: 'raw',
  applies: () => true,
  encode: ({ data }) => [{ codec: 'raw', coded: encodeRaw(data) }],
};
