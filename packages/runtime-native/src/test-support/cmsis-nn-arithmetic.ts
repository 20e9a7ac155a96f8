import { activation, int8, int32, type Vector } from './cmsis-nn.js';
import type { SingleOp } from './single-op-plan.js';

// How to read CMSIS-NN's cases of operators from kind 20 on.

export function multiply(v: Vector): SingleOp {
  const shape = [v.get('DST_SIZE')];
  return {
    kind: 'MUL',
    inputs: [1, 2].map((i) => ({ shape, zeroPoint: -v.get(`INPUT${i}_OFFSET`) })),
    output: { shape, zeroPoint: v.get('OUTPUT_OFFSET') },
    parameters: [v.get('OUTPUT_MULT'), v.get('OUTPUT_SHIFT'), ...activation(v)],
  };
}

/** MAXIMUM and MINIMUM, which repeat along dimensions of size 1. */
export function extremum(v: Vector): SingleOp {
  const sizes = (which: (axis: string) => string) =>
    ['BATCH', 'HEIGHT', 'WIDTH', 'CHANNEL'].map((axis) => v.get(which(axis)));
  return {
    kind: v.name.startsWith('maximum') ? 'MAXIMUM' : 'MINIMUM',
    inputs: [1, 2].map((i) => ({ shape: sizes((axis) => `${axis}_${i}`) })),
    output: { shape: sizes((axis) => `OUTPUT_${axis}`) },
    parameters: [],
  };
}

export function transposeConvolution(v: Vector): SingleOp {
  const [inputs, outputs, batch] = [v.get('IN_CH'), v.get('OUT_CH'), v.get('INPUT_BATCHES')];
  const weights = int8(v.array('weights'), [outputs, v.get('FILTER_Y'), v.get('FILTER_X'), inputs]);
  const bias = v.has('biases') ? int32(v.array('biases')) : null;
  const steps = ['STRIDE_Y', 'STRIDE_X', 'PAD_Y', 'PAD_X'].map((key) => v.get(key));
  return {
    kind: 'TRANSPOSE_CONV',
    inputs: [
      { shape: [batch, v.get('INPUT_H'), v.get('INPUT_W'), inputs], zeroPoint: -v.get('INPUT_OFFSET') },
    ],
    constants: [weights, bias, int32(v.array('output_mult')), int32(v.array('output_shift'))],
    output: {
      shape: [batch, v.get('OUTPUT_H'), v.get('OUTPUT_W'), outputs],
      zeroPoint: v.get('OUTPUT_OFFSET'),
    },
    parameters: [...steps, ...activation(v), 0],
  };
}
