import { WeightfoldError } from '@weightfold/base';
import { needing, noise, outputsOf } from '@weightfold/test-support';
import {
  BuiltinOperator,
  BuiltinOptions,
  Conv2DOptionsT,
  ModelBuilder,
  OperatorCodeT,
  OperatorT,
  Padding,
  readModel,
  TensorT,
  TensorType,
  tensorBytes,
  writeModel,
} from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { Model } from './index.js';
import { runOnce } from './load.js';
import { lower } from './plan/lower.js';
import { dice } from './test-support/dice.js';
import { buildOneOp, integers, type OneOp, plain } from './test-support/one-op.js';
import { micro } from './test-support/random-ops/index.js';
import { inputBytes, runOurs } from './test-support/run.js';

// Operators whose inputs are all constants are computed when a model is loaded.

const { BOOL, FLOAT32, INT8, INT32 } = TensorType;
const kindsOf = (model: Uint8Array) => lower(readModel(model), { runOnce }).ops.map(({ kind }) => kind);

/** The operator with `bytes` for its inputs, and behind it SELECT_V2 between its output and the same again. */
function ofConstants(one: OneOp, bytes: Uint8Array): Uint8Array {
  const model = readModel(buildOneOp(one));
  const [graph] = model.subgraphs as [(typeof model.subgraphs)[0]];
  const buffers = [...model.buffers];
  let at = 0;
  for (const index of graph.inputs) {
    const tensor = graph.tensors[index]!;
    const size = tensorBytes(tensor);
    tensor.buffer = buffers.push(bytes.slice(at, at + size)) - 1;
    at += size;
  }
  const made = graph.outputs[0]!;
  const condition =
    graph.tensors.push(new TensorT([...graph.tensors[made]!.shape], BOOL, 0, 'condition')) - 1;
  const chosen = graph.tensors.push({ ...graph.tensors[made]!, name: 'chosen' }) - 1;
  const select = BuiltinOperator.SELECT_V2;
  const codes = [...model.operatorCodes, new OperatorCodeT(select, null, 1, select)];
  graph.operators.push(new OperatorT(codes.length - 1, [condition, made, made], [chosen]));
  graph.inputs = [condition];
  graph.outputs = [chosen];
  return writeModel({ ...model, operatorCodes: codes, buffers });
}

const oneOutput = Object.entries(micro).filter(([name]) => !['split', 'split v', 'unpack'].includes(name));

it.each(oneOutput)('%s of constants: what it gives when it runs', (name, generate) => {
  for (let seed = 0; seed < 4; seed++) {
    const one = generate(dice(7919 * seed + name.length), seed);
    const running = Model.load(buildOneOp(one));
    const bytes = noise(inputBytes(running), seed);
    const example = one.examples ? one.examples(bytes) : bytes;
    const expected = runOurs(running, example.subarray(0, bytes.length));
    running.dispose();
    const model = ofConstants(one, example);
    expect(kindsOf(model)).toEqual(['SELECT']);
    const loaded = Model.load(model);
    const ours = runOurs(loaded, new Uint8Array(inputBytes(loaded)));
    loaded.dispose();
    expect(ours.toString('hex'), `${name}, seed ${seed}`).toBe(expected.toString('hex'));
  }
});

/** A convolution whose weights are a constant that was reshaped, transposed and, if asked for, brought to its scale before. */
function madeWeights(requantized: boolean): Uint8Array {
  const builder = new ModelBuilder('made weights');
  const quantized = (name: string, shape: number[], scale: number, data?: Int8Array) =>
    builder.addTensor({
      name,
      shape,
      type: INT8,
      quantization: { scale: [Math.fround(scale)], zeroPoint: [0] },
      ...(data ? { data } : {}),
    });
  const list = (name: string, ...data: number[]) =>
    builder.addTensor({ name, shape: [data.length], type: INT32, data: Int32Array.from(data) });
  const codes = new Int8Array(noise(72, 3).buffer).map((code) => Math.max(-127, code));
  const stored = quantized('stored', [72], 0.02, codes);
  const [wide, weights] = [quantized('wide', [3, 3, 2, 4], 0.02), quantized('weights', [4, 3, 3, 2], 0.02)];
  const [x, y] = [quantized('x', [1, 5, 5, 2], 0.1), quantized('y', [1, 5, 5, 4], 0.3)];
  const of = (builtin: BuiltinOperator, inputs: number[], output: number, version = 1) =>
    builder.addOperator({ builtin, inputs, outputs: [output], version });
  const bias = builder.addTensor({
    name: 'bias',
    shape: [4],
    type: INT32,
    quantization: { scale: [Math.fround(0.002)], zeroPoint: [0] },
    data: Int32Array.of(300, -20, 0, 5000),
  });
  let from = stored;
  if (requantized) {
    const real = builder.addTensor({ name: 'real', shape: [72], type: FLOAT32 });
    from = quantized('finer', [72], 0.02);
    of(BuiltinOperator.DEQUANTIZE, [stored], real, 2);
    of(BuiltinOperator.QUANTIZE, [real], from);
  }
  of(BuiltinOperator.RESHAPE, [from, list('shape', 3, 3, 2, 4)], wide);
  of(BuiltinOperator.TRANSPOSE, [wide, list('order', 3, 0, 1, 2)], weights, 2);
  builder.addOperator({
    builtin: BuiltinOperator.CONV_2D,
    version: 3,
    inputs: [x, weights, bias],
    outputs: [y],
    optionsType: BuiltinOptions.Conv2DOptions,
    options: new Conv2DOptionsT(Padding.SAME, 1, 1),
  });
  return writeModel(builder.build([x], [y]));
}

it('weights may come out of operators on constants', needing('python'), async () => {
  const models = [false, true].map(madeWeights);
  const examples = noise(3 * 50, 9);
  const theirs = await outputsOf(
    'litert-ref',
    models.map((model) => ({ model, examples })),
  );
  for (const [i, model] of models.entries()) {
    const loaded = Model.load(model);
    expect(runOurs(loaded, examples).toString('hex')).toBe(theirs[i]!.toString('hex'));
    expect(kindsOf(model).filter((kind) => kind !== 'FILL_BORDER')).not.toContain('TRANSPOSE');
    loaded.dispose();
  }
});

it('nothing is computed that is too large, or an output of the model', () => {
  const fill = (side: number): OneOp => ({
    op: 'FILL',
    inputs: [integers(side, side), { shape: [], data: Int32Array.of(7) }],
    output: plain([side, side], INT32),
  });
  expect(kindsOf(buildOneOp(fill(4)))).toEqual(['REARRANGE']);
  expect(kindsOf(ofConstants(fill(4096), new Uint8Array(0)))).toEqual(['SELECT']);
  expect(kindsOf(ofConstants(fill(4097), new Uint8Array(0)))).toEqual(['REARRANGE', 'SELECT']);
});

it('errors of operators on constants name them as in the model', () => {
  const one: OneOp = { op: 'TRANSPOSE', inputs: [integers(1, 2), integers(1)], output: plain([2], INT32) };
  expect(() => Model.load(ofConstants(one, new Uint8Array(0)))).toThrow(
    /operator 0 \(TRANSPOSE\), tensor 1 .*wrong permutation/,
  );
});

it('a damaged model with operators on constants runs or is refused with a sentence', () => {
  const outcomes = { ran: 0, refused: 0 };
  for (const [name, generate] of oneOutput) {
    for (let seed = 0; seed < 20; seed++) {
      const model = ofConstants(
        generate(dice(7919 * seed + name.length), seed),
        noise(1 << 16, seed),
      ).slice();
      const edits = noise(16, seed + name.length);
      for (let i = 0; i < 1 + (edits[0]! % 4); i++) {
        const at = (edits[3 * i + 1]! * 256 + edits[3 * i + 2]!) % model.length;
        model[at] = [0, 1, 255, 127, 128, edits[3 * i + 3]!][edits[12 + i]! % 6]!;
      }
      try {
        const loaded = Model.load(model, { maxArenaBytes: 1 << 20 });
        loaded.invoke();
        loaded.dispose();
        outcomes.ran++;
      } catch (error) {
        if (!(error instanceof WeightfoldError)) throw error;
        outcomes.refused++;
      }
    }
  }
  expect(outcomes.ran).toBeGreaterThan(100);
  expect(outcomes.refused).toBeGreaterThan(100);
});
