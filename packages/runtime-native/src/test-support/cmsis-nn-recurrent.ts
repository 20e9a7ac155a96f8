import { expTable, reciprocalTable, sigmoidTable, tanhScale } from '../lower/sigmoid.js';
import { int8, int32, int64, type Vector } from './cmsis-nn.js';
import type { Activation, Constant, SingleOp } from './single-op-plan.js';

// How to read the cases of CMSIS-NN with state, and those of softmax that end in 16 bits.

export function svdf(v: Vector): SingleOp {
  const [batch, inputs] = [v.get('INPUT_BATCHES'), v.get('INPUT_SIZE')];
  const [filters, memory] = [v.get('FEATURE_BATCHES'), v.get('TIME_BATCHES')];
  const units = v.get('DST_SIZE') / batch;
  const codes = (numbers: number[]) =>
    v.get('IN_ACTIVATION_MIN') === -128 ? Int8Array.from(numbers) : Int16Array.from(numbers);
  return {
    kind: 'SVDF',
    // Unlike elsewhere, the offset of the input is its zero point.
    inputs: [{ shape: [batch, inputs], zeroPoint: v.get('INPUT_OFFSET') }],
    constants: [
      int8(v.array('weights_feature'), [filters, inputs]),
      { shape: [filters, memory], data: codes(v.array('weights_time')) },
      v.has('biases') ? int32(v.array('biases')) : null,
      { shape: [batch, filters * memory], data: codes(v.array('state')), state: true },
    ],
    output: { shape: [batch, units], zeroPoint: v.get('OUTPUT_OFFSET') },
    parameters: ['MULTIPLIER_IN', 'SHIFT_1', 'MULTIPLIER_OUT', 'SHIFT_2'].map((key) => v.get(key)),
  };
}

const gates = ['input_gate', 'forget_gate', 'cell_gate', 'output_gate'];

export function lstm(v: Vector): SingleOp {
  const wide = v.name.endsWith('_s16');
  const [batch, steps, inputs] = [v.get('BATCH_SIZE'), v.get('TIME_STEPS'), v.get('INPUT_SIZE')];
  const cells = v.get('HIDDEN_SIZE');
  const timeMajor = v.text('TIME_MAJOR') === 'true';
  const codes = (depth: number, zeroPoint: number): Activation => ({
    shape: timeMajor ? [steps, batch, depth] : [batch, steps, depth],
    type: wide ? 'int16' : 'int8',
    zeroPoint,
  });
  const matrices = (kind: string, columns: number) =>
    gates.map((gate) => int8(v.array(`${gate}_${kind}_weights`), [cells, columns]));
  // Two cases carry arrays of an older release, too. Their biases are from it: the newer answers are without.
  const mixed = v.has('input_to_cell_eff_bias');
  const biases = gates.map((gate) => (mixed ? null : (wide ? int64 : int32)(v.array(`${gate}_bias`))));
  const output = v.get('OUTPUT_ZERO_POINT');
  const pair = (key: string) => [v.get(`${key}_MULTIPLIER`), v.get(`${key}_SHIFT`)];
  const factors = gates
    .map((gate) => gate.toUpperCase())
    .flatMap((gate) => [...pair(`${gate}_INPUT`), ...pair(`${gate}_HIDDEN`)]);
  return {
    kind: 'UNIDIRECTIONAL_SEQUENCE_LSTM',
    inputs: [codes(inputs, -v.get('INPUT_ZERO_POINT'))],
    constants: [
      ...matrices('input', inputs),
      ...matrices('hidden', cells),
      ...biases,
      hiddenState(batch * cells, output, wide),
      { shape: [batch * cells], data: new Int16Array(batch * cells), state: true },
      { shape: [256], data: sigmoidTable() },
    ],
    output: codes(cells, output),
    parameters: [
      timeMajor ? 1 : 0,
      v.get('CELL_CLIP'),
      ...tanhScale(v.get('CELL_SCALE_POWER')),
      ...factors,
      ...['FORGET_TO_CELL', 'INPUT_TO_CELL', 'OUTPUT'].flatMap(pair),
    ],
  };
}

/** Starts at the zero point. */
function hiddenState(size: number, zeroPoint: number, wide: boolean): Constant {
  const data = (wide ? new Int16Array(size) : new Int8Array(size)).fill(zeroPoint);
  return { shape: [size], data, zeroPoint, state: true };
}

export function softmaxTo16(v: Vector): SingleOp {
  const shape = [v.get('NUM_ROWS'), v.get('ROW_SIZE')];
  const output: Activation = { shape, type: 'int16' };
  const scale = [v.get('INPUT_MULT'), v.get('INPUT_LEFT_SHIFT')];
  if (v.name === 'softmax_s8_s16') {
    const parameters = [...scale, v.get('DIFF_MIN')];
    return { kind: 'SOFTMAX', inputs: [{ shape }], output: { ...output, zeroPoint: -32768 }, parameters };
  }
  const tables = [expTable(), reciprocalTable()].map((data) => ({ shape: [data.length], data }));
  return { kind: 'SOFTMAX_16', inputs: [output], constants: tables, output, parameters: scale };
}
