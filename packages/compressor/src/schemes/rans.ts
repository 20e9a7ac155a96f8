import { encodeRans } from '@weightfold/container';
import { decodeTime } from './choice.js';
import { rowLengths } from './geometry.js';
import type { Scheme } from './scheme.js';

/** Static frequencies for streams other than byte weights, one table per class of rows or columns. */
export const rans: Scheme = {
  name: 'rans',
  applies: ({ data, tensor }) => data.length > 0 && tensor?.elementSize !== 1,
  encode: ({ data, tensor }) => [
    {
      codec: 'rans',
      coded: encodeRans(data, { rowLengths: rowLengths(tensor), thorough: true }),
      time: decodeTime('rans', data.length),
    },
  ],
};
