import { activation, groupedWeights, int8, int32, int64, type Vector } from './cmsis-nn.js';
import type { Activation, Constant, SingleOp } from './single-op-plan.js';

// How to read the cases of CMSIS-NN with activations of 16 bits.

const codes = (shape: number[]): Activation => ({ shape, type: 'int16' });

/** Bias, multipliers and shifts. Sums of 64 bits, but where the case is named after 32. */
function sums(v: Vector, wide: boolean, channels: number): (Constant | null)[] {
  const bias = v.has('biases') || v.has('bias') ? v.array('biases', 'bias') : null;
  const each = (key: string) => Array.from({ length: channels }, () => v.get(key));
  const perChannel = v.has('output_mult') || v.has('output_multiplier');
  const multipliers = perChannel ? v.array('output_mult', 'output_multiplier') : each('OUTPUT_MULTIPLIER');
  const shifts = perChannel ? v.array('output_shift') : each('OUTPUT_SHIFT');
  return [bias && (wide ? int64(bias) : int32(bias)), int32(multipliers), int32(shifts)];
}

export function convolution16(v: Vector): SingleOp {
  const depthwise = v.name.startsWith('dw_');
  const wide = !v.name.includes('xint32');
  const [inputs, outputs] = [v.get('IN_CH'), v.get('OUT_CH')];
  const [kh, kw] = [v.get('FILTER_Y'), v.get('FILTER_X')];
  const from = v.array('weights');
  const weights = depthwise ? groupedWeights(from, kh * kw, outputs) : from;
  const depth = from.length / (outputs * kh * kw);
  const batch = v.array('input').length / (v.get('INPUT_H') * v.get('INPUT_W') * inputs);
  const steps = ['STRIDE_Y', 'STRIDE_X', 'DILATION_Y', 'DILATION_X', 'PAD_Y', 'PAD_X'].map((key) =>
    v.get(key),
  );
  return {
    kind: 'CONV_2D_16',
    inputs: [codes([batch, v.get('INPUT_H'), v.get('INPUT_W'), inputs])],
    constants: [int8(weights, [outputs, kh, kw, depth]), ...sums(v, wide, outputs)],
    output: codes([batch, v.get('OUTPUT_H'), v.get('OUTPUT_W'), outputs]),
    parameters: [...steps, inputs / depth, ...activation(v), wide ? 1 : 0],
  };
}

export function fullyConnected16(v: Vector): SingleOp {
  const [depth, outputs, batch] = [v.get('ACCUMULATION_DEPTH'), v.get('OUT_CH'), v.get('INPUT_BATCHES')];
  return {
    kind: 'FULLY_CONNECTED_16',
    inputs: [codes([batch, depth])],
    constants: [int8(v.array('weights'), [outputs, depth]), ...sums(v, true, outputs)],
    output: codes([batch, outputs]),
    parameters: [...activation(v), 1],
  };
}

export function pool16(v: Vector): SingleOp {
  const window = ['FILTER_H', 'FILTER_W', 'STRIDE_H', 'STRIDE_W', 'PADDING_H', 'PADDING_W'];
  const image = (side: string) => [
    v.get('BATCH_SIZE', 1),
    v.get(`${side}_H`),
    v.get(`${side}_W`),
    v.get('INPUT_C'),
  ];
  return {
    kind: v.name.startsWith('max') ? 'MAX_POOL_2D_16' : 'AVERAGE_POOL_2D_16',
    inputs: [codes(image('INPUT'))],
    output: codes(image('OUTPUT')),
    parameters: [...window.map((key) => v.get(key)), v.get('ACTIVATION_MIN'), v.get('ACTIVATION_MAX')],
  };
}

export function add16(v: Vector): SingleOp {
  const x = codes([v.get('DST_SIZE')]);
  const factors = [
    'INPUT1_MULT',
    'INPUT1_SHIFT',
    'INPUT2_MULT',
    'INPUT2_SHIFT',
    'OUTPUT_MULT',
    'OUTPUT_SHIFT',
  ];
  const parameters = [v.get('LEFT_SHIFT'), ...factors.map((key) => v.get(key)), ...activation(v)];
  return { kind: 'ADD_16', inputs: [x, x], output: x, parameters };
}

export function multiply16(v: Vector): SingleOp {
  const x = codes([v.get('DST_SIZE')]);
  const parameters = [v.get('OUTPUT_MULT'), v.get('OUTPUT_SHIFT'), ...activation(v)];
  return { kind: 'MUL_16', inputs: [x, x], output: x, parameters };
}
