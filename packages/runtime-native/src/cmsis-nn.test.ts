import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { data, needing } from '@weightfold/test-support';
import { describe, expect, it } from 'vitest';
import { nativeInfo } from './index.js';
import { type Constant, runPlan, type SingleOp, singleOpPlan } from './test-support/single-op-plan.js';

// Known answers: the unit-test cases published with CMSIS-NN (Apache-2.0), made by Arm's scripts from TensorFlow Lite Micro's
// reference kernels. They give multipliers and shifts, so plans are made by hand instead of being lowered from a model.

interface Vector {
  name: string;
  /** A setting without the prefix that it carries in the C header. */
  get(key: string, otherwise?: number): number;
  array(...names: string[]): number[];
  has(name: string): boolean;
}

interface Line {
  name: string;
  config: Record<string, number | string>;
  arrays: Record<string, { type: string; data: number[] }>;
}

function vector({ name, config, arrays }: Line): Vector {
  const has = (key: string) => `${name}_${key}` in arrays;
  return {
    name,
    has,
    get(key, otherwise) {
      const value = config[`${name.toUpperCase()}_${key}`] ?? otherwise;
      if (typeof value !== 'number') throw new Error(`${name} has no ${key}`);
      return value;
    },
    array: (...names) => arrays[`${name}_${names.find(has)}`]!.data,
  };
}

const vectorsReady = needing('data');
const file = path.join(data, 'cmsis-nn-vectors/vectors.jsonl.gz');
const lines: Line[] = vectorsReady.skip
  ? []
  : zlib
      .gunzipSync(fs.readFileSync(file))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

const int8 = (numbers: number[], shape: number[]): Constant => ({ shape, data: Int8Array.from(numbers) });
const int32 = (numbers: number[]): Constant => ({ shape: [numbers.length], data: Int32Array.from(numbers) });
const activation = (v: Vector) => [v.get('OUT_ACTIVATION_MIN'), v.get('OUT_ACTIVATION_MAX')];

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
  const transposed = () => from.map((_, i) => from[(i % area) * outputs + Math.floor(i / area)]!);
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
    constants: [int8(grouped ? transposed() : from, shape), ...requantization(v)],
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
    constants: [int8(v.array('weights'), [outputs, depth]), bias, int32(multipliers), int32(shifts)],
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
  [/^(depthwise_(?!int4)|in_ch_one)/, (v) => convolution(v, true)],
  [/^(basic|conv_|kernel1x1|stride2pad1|grouped_conv)/, (v) => convolution(v, false)],
  [/^(fully_connected|fc_per_ch)/, fullyConnected],
  [/^avgpooling/, (v) => pool(v, 'AVERAGE_POOL_2D')],
  [/^maxpooling/, (v) => pool(v, 'MAX_POOL_2D')],
  [/^add/, add],
  [/^softmax/, softmax],
  [/^pad/, pad],
];
/** Types that no kernel has: 16-bit activations, 4-bit weights, weights with a zero point. */
const elsewhere = /int4|int16|s16|fc_int16|w_zp/;
const cases = lines
  .filter(({ name }) => !elsewhere.test(name))
  .flatMap((line) => {
    const family = families.find(([pattern]) => pattern.test(line.name));
    return family ? [{ name: line.name, v: vector(line), make: family[1] }] : [];
  });

describe('published cases of CMSIS-NN', () => {
  it('are all there', vectorsReady, () => expect(cases.length).toBeGreaterThanOrEqual(60));

  it.each(cases)('$name', vectorsReady, ({ v, make }) => {
    const op = make(v);
    const plan = singleOpPlan(op);
    const names = op.kind === 'ADD' ? ['input1', 'input2'] : ['input'];
    const inputs = names.map((name) => Int8Array.from(v.array(name, 'input_tensor')));
    const expected = Int8Array.from(v.array('output_ref', 'output'));
    for (const isa of nativeInfo().available) expect(runPlan(plan, isa, inputs), isa).toEqual(expected);
  });
});
