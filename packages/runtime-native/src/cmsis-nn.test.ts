import { describe, expect, it } from 'vitest';
import { addon } from './native/addon.js';
import {
  activation,
  groupedWeights,
  int8,
  int32,
  type Vector,
  vectors,
  vectorsReady,
} from './test-support/cmsis-nn.js';
import { extremum, multiply, transposeConvolution } from './test-support/cmsis-nn-arithmetic.js';
import { add16, convolution16, fullyConnected16, multiply16, pool16 } from './test-support/cmsis-nn-int16.js';
import { lstm, softmaxTo16, svdf } from './test-support/cmsis-nn-recurrent.js';
import { type Constant, runPlan, type SingleOp, singleOpPlan } from './test-support/single-op-plan.js';

/** Bias, multipliers and shifts of a convolution. */
function requantization(v: Vector): (Constant | null)[] {
  const bias = v.has('biases') ? int32(v.array('biases')) : null;
  return [bias, int32(v.array('output_mult')), int32(v.array('output_shift'))];
}

function convolution(v: Vector, depthwise: boolean): SingleOp {
  const [inputs, outputs] = [v.get('IN_CH'), v.get('OUT_CH')];
  const [kh, kw] = [v.get('FILTER_Y'), v.get('FILTER_X')];
  const grouped = depthwise && inputs !== outputs;
  const from = v.array('weights');
  // Depthwise weights are [1, h, w, channels]; with a multiplier the plan has a grouped convolution, [channels, h, w, 1].
  const area = kh * kw;
  const depth = depthwise ? 1 : from.length / (outputs * area);
  const shape = depthwise && !grouped ? [1, kh, kw, outputs] : [outputs, kh, kw, depth];
  const groups = depthwise ? (grouped ? inputs : 1) : inputs / depth;
  const batch = v.array('input').length / (v.get('INPUT_H') * v.get('INPUT_W') * inputs);
  const steps = ['STRIDE_Y', 'STRIDE_X', 'DILATION_Y', 'DILATION_X', 'PAD_Y', 'PAD_X'].map((key) =>
    v.get(key),
  );
  return {
    kind: depthwise && !grouped ? 'DEPTHWISE_CONV_2D' : 'CONV_2D',
    inputs: [
      { shape: [batch, v.get('INPUT_H'), v.get('INPUT_W'), inputs], zeroPoint: -v.get('INPUT_OFFSET') },
    ],
    constants: [int8(grouped ? groupedWeights(from, area, outputs) : from, shape), ...requantization(v)],
    output: {
      shape: [batch, v.get('OUTPUT_H'), v.get('OUTPUT_W'), outputs],
      zeroPoint: v.get('OUTPUT_OFFSET'),
    },
    parameters: [...steps, groups, ...activation(v), 0],
  };
}

function fullyConnected(v: Vector): SingleOp {
  const [depth, outputs] = [v.get('ACCUMULATION_DEPTH'), v.get('OUT_CH')];
  const batch = v.get('INPUT_BATCHES');
  const perChannel = v.name === 'fc_per_ch';
  const all = (value: number) => Array.from({ length: outputs }, () => value);
  const multipliers = perChannel ? v.array('output_multiplier') : all(v.get('OUTPUT_MULTIPLIER'));
  const shifts = perChannel ? v.array('output_shift') : all(v.get('OUTPUT_SHIFT'));
  const bias = v.has('biases') || v.has('bias') ? int32(v.array('biases', 'bias')) : null;
  return {
    kind: 'FULLY_CONNECTED',
    inputs: [{ shape: [batch, depth], zeroPoint: -v.get('INPUT_OFFSET') }],
    constants: [
      { ...int8(v.array('weights'), [outputs, depth]), zeroPoint: -v.get('FILTER_OFFSET', 0) },
      bias,
      int32(multipliers),
      int32(shifts),
    ],
    output: { shape: [batch, outputs], zeroPoint: v.get('OUTPUT_OFFSET') },
    parameters: [...activation(v), 0],
  };
}

function pool(v: Vector, kind: 'AVERAGE_POOL_2D' | 'MAX_POOL_2D'): SingleOp {
  const channels = v.get('INPUT_C');
  const batch = v.get('BATCH_SIZE', 1);
  const window = ['FILTER_H', 'FILTER_W', 'STRIDE_H', 'STRIDE_W', 'PADDING_H', 'PADDING_W'];
  return {
    kind,
    inputs: [{ shape: [batch, v.get('INPUT_H'), v.get('INPUT_W'), channels] }],
    output: { shape: [batch, v.get('OUTPUT_H'), v.get('OUTPUT_W'), channels] },
    parameters: [...window.map((key) => v.get(key)), v.get('ACTIVATION_MIN'), v.get('ACTIVATION_MAX')],
  };
}

function add(v: Vector): SingleOp {
  const shape = [v.get('DST_SIZE')];
  const scales = [
    'INPUT1_MULT',
    'INPUT1_SHIFT',
    'INPUT2_MULT',
    'INPUT2_SHIFT',
    'OUTPUT_MULT',
    'OUTPUT_SHIFT',
  ];
  return {
    kind: 'ADD',
    inputs: [1, 2].map((i) => ({ shape, zeroPoint: -v.get(`INPUT${i}_OFFSET`) })),
    output: { shape, zeroPoint: v.get('OUTPUT_OFFSET') },
    parameters: [v.get('LEFT_SHIFT'), ...scales.map((key) => v.get(key)), ...activation(v)],
  };
}

function softmax(v: Vector): SingleOp {
  const shape = [v.get('NUM_ROWS'), v.get('ROW_SIZE')];
  const parameters = ['INPUT_MULT', 'INPUT_LEFT_SHIFT', 'DIFF_MIN'].map((key) => v.get(key));
  return { kind: 'SOFTMAX', inputs: [{ shape }], output: { shape, zeroPoint: -128 }, parameters };
}

function pad(v: Vector): SingleOp {
  const axes = ['N', 'H', 'W', 'C'];
  const amounts = axes.flatMap((axis) => [v.get(`PRE_PAD_${axis}`), v.get(`POST_PAD_${axis}`)]);
  const shape = axes.map((axis) => v.get(`INPUT_${axis}`));
  const output = { shape: shape.map((size, i) => size + amounts[2 * i]! + amounts[2 * i + 1]!) };
  return { kind: 'PAD', inputs: [{ shape }], output, parameters: [...amounts, v.get('PAD_VALUE')] };
}

/** How to read each family of cases, by its name in CMSIS-NN. First match wins. */
const families: [RegExp, (v: Vector) => SingleOp][] = [
  [/^(dw_)?int16xint8|^requantize_s64/, convolution16],
  [/^(fc_int16|fully_connected_int16)/, fullyConnected16],
  [/^(avg|max)pool(ing)?_int16/, pool16],
  [/^add_s16/, add16],
  [/^mul_s16/, multiply16],
  [/^mul/, multiply],
  [/^(maximum|minimum)/, extremum],
  [/^(reverse_)?transpose_conv/, transposeConvolution],
  [/^softmax_s(8_s)?16/, softmaxTo16],
  [/^svdf/, svdf],
  [/^lstm/, lstm],
  [/^(depthwise_|in_ch_one)/, (v) => convolution(v, true)],
  [/^(basic|conv_|kernel1x1|stride2pad1|grouped_conv)/, (v) => convolution(v, false)],
  [/^(fully_connected|fc_per_ch)/, fullyConnected],
  [/^avgpooling/, (v) => pool(v, 'AVERAGE_POOL_2D')],
  [/^maxpooling/, (v) => pool(v, 'MAX_POOL_2D')],
  [/^add/, add],
  [/^softmax/, softmax],
  [/^pad/, pad],
];

/** Cases that no plan of ours expresses, and why. */
const elsewhere: [RegExp, string][] = [
  [/int4/, 'weights of 4 bits'],
  [/^batch_matmul/, 'BATCH_MATMUL is not supported'],
  [
    /^ds_cnn/,
    'whole networks without the sizes of their layers; real ones of their kind are in conformance.test.ts',
  ],
  [/^transpose_(3dim|chwn|default|matrix|n|w)/, 'the file lacks their shapes and permutations'],
];
const reason = (name: string) => elsewhere.find(([pattern]) => pattern.test(name))?.[1];
const readerOf = (name: string) => families.find(([pattern]) => pattern.test(name))?.[1];
const cases = vectors
  .filter(({ name }) => readerOf(name) && !reason(name))
  .map((v) => ({ name: v.name, v, make: readerOf(v.name)! }));

/** The codes that an op takes: one list for each time that it runs, each with one list for each input. */
function inputsOf(v: Vector, { kind, inputs }: SingleOp): (Int8Array | Int16Array)[][] {
  const one = ['input_tensor', 'input', 'input_sequence'];
  const names = inputs.length === 2 ? [1, 2].map((i) => [`input${i}`, `input_tensor_${i}`]) : [one];
  const lists = names.map((some) => v.array(...some));
  const size = inputs[0]!.shape.reduce((product, n) => product * n, 1);
  const times = kind === 'SVDF' ? lists[0]!.length / size : 1;
  const codes = inputs[0]!.type === 'int16' ? Int16Array : Int8Array;
  return Array.from({ length: times }, (_, i) =>
    lists.map((list) => codes.from(times > 1 ? list.slice(i * size, (i + 1) * size) : list)),
  );
}

describe('published cases of CMSIS-NN', () => {
  it('are all there, or it is said why not', vectorsReady, () => {
    const left = vectors.map(({ name }) => name).filter((name) => !readerOf(name) && !reason(name));
    expect(left).toEqual([]);
    expect(cases.length).toBeGreaterThanOrEqual(146);
  });

  it.each(cases)('$name', vectorsReady, ({ v, make }) => {
    const op = make(v);
    const plan = singleOpPlan(op);
    const codes = op.output.type === 'int16' ? Int16Array : Int8Array;
    // Some cases of LSTM carry an answer of an older release, too.
    const expected = codes.from(
      v.name.startsWith('lstm') ? v.array('output') : v.array('output_ref', 'output'),
    );
    for (const isa of addon().availableIsas())
      expect(runPlan(plan, isa, ...inputsOf(v, op)), isa).toEqual(expected);
  });
});
