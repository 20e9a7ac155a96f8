import type { Scheme } from './scheme.js';
import { encodeSymbols } from './symbols.js';

/** Tensors of bytes as they are: rANS with classes of channels, context coding where small or at level max. */
export const weights: Scheme = {
  name: 'weights',
  applies: ({ data, tensor }) => data.length > 0 && tensor?.elementSize === 1,
  encode: ({ data, tensor }, level) => encodeSymbols(data, 255, tensor!, level),
};
