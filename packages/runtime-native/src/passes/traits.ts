import type { OpKind } from '../plan/plan.js';

/** What the passes may do with the tensors of a kind of op. What a kind does not say, they may not. */
export interface OpTraits {
  /** Takes codes as int8 and as uint8, in any mixture. */
  codes?: true;
  /** Which parameters are codes of the output: 128 higher when it is uint8. */
  outputCodes?: readonly number[];
  /** Which of its images may have a border. `same`: all, when their shapes are the same; `first`: the same for input 0 and the output. */
  borders?: 'all' | 'inputs' | 'same' | 'first';
  /** Reads windows of input 0 that reach into its border: parameters are stride, dilation (height, width each) and padding. */
  window?: true;
  /** Output i needs input i only, so that it may take its place. */
  inPlace?: true;
  /** Which parameters are the range of a fused activation, in codes of the output. */
  activation?: readonly [min: number, max: number];
}

export const opTraits: Partial<Record<OpKind, OpTraits>> = {
  CONV_2D: { codes: true, outputCodes: [7, 8], borders: 'all', window: true, activation: [7, 8] },
  DEPTHWISE_CONV_2D: { codes: true, outputCodes: [7, 8], borders: 'all', window: true, activation: [7, 8] },
  FULLY_CONNECTED: { codes: true, outputCodes: [0, 1], activation: [0, 1] },
  AVERAGE_POOL_2D: { codes: true, outputCodes: [6, 7], borders: 'all', activation: [6, 7] },
  MAX_POOL_2D: { codes: true, outputCodes: [6, 7], borders: 'all', activation: [6, 7] },
  MEAN: { codes: true, borders: 'inputs' },
  ADD: { codes: true, outputCodes: [7, 8], borders: 'same', inPlace: true, activation: [7, 8] },
  PAD: { codes: true, outputCodes: [8], borders: 'all' },
  COPY: { codes: true, borders: 'same' },
  TABLE: { codes: true, borders: 'first', inPlace: true },
  SUB: { inPlace: true, activation: [7, 8] },
  MUL: { inPlace: true, activation: [2, 3] },
  DIV: { inPlace: true, activation: [2, 3] },
  SQUARED_DIFFERENCE: { inPlace: true, activation: [7, 8] },
  MAXIMUM: { inPlace: true },
  MINIMUM: { inPlace: true },
  PRELU: { inPlace: true },
  REQUANTIZE: { codes: true, outputCodes: [2, 3], borders: 'same', inPlace: true, activation: [2, 3] },
};
