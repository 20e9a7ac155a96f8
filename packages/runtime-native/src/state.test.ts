import path from 'node:path';
import { bytesOf, data, needing, noise, outputsOf, realModels } from '@weightfold/test-support';
import {
  AddOptionsT,
  BuiltinOperator,
  BuiltinOptions,
  CallOnceOptionsT,
  ModelBuilder,
  type OperatorT,
  operatorName,
  readModel,
  SubGraphT,
  TensorType,
  type Model as TfliteModel,
  VarHandleOptionsT,
  writeModel,
} from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { Model } from './index.js';
import { inputBytes, runOurs } from './test-support/run.js';

const shape = [1, 16];
const quantization = { scale: [0.5], zeroPoint: [-7] };
const activation = { shape, type: TensorType.INT8, quantization };
const handle = { shape: [1], type: TensorType.RESOURCE };
const { ADD, ASSIGN_VARIABLE, CALL_ONCE, READ_VARIABLE, VAR_HANDLE } = BuiltinOperator;

function varHandle(builder: ModelBuilder, output: number, name = 'sum'): void {
  const options = new VarHandleOptionsT('', name);
  builder.addOperator({
    builtin: VAR_HANDLE,
    inputs: [],
    outputs: [output],
    optionsType: BuiltinOptions.VarHandleOptions,
    options,
  });
}

/** A model that adds its input to a variable and gives the sum; with an initial value, or none. */
function accumulator(initial: Int8Array | null): TfliteModel {
  const builder = new ModelBuilder('accumulator');
  const [x, old, sum] = ['x', 'old', 'sum'].map((name) => builder.addTensor({ name, ...activation })) as [
    number,
    number,
    number,
  ];
  const variable = builder.addTensor({ name: 'handle', ...handle });
  if (initial) {
    const options = new CallOnceOptionsT(1);
    builder.addOperator({
      builtin: CALL_ONCE,
      inputs: [],
      outputs: [],
      optionsType: BuiltinOptions.CallOnceOptions,
      options,
    });
  }
  varHandle(builder, variable);
  builder.addOperator({ builtin: READ_VARIABLE, inputs: [variable], outputs: [old] });
  const options = new AddOptionsT();
  const add = { optionsType: BuiltinOptions.AddOptions, options };
  builder.addOperator({ builtin: ADD, version: 2, inputs: [x, old], outputs: [sum], ...add });
  builder.addOperator({ builtin: ASSIGN_VARIABLE, inputs: [variable, sum], outputs: [] });
  const model = builder.build([x], [sum]);
  if (initial) addInitializer(model, initial);
  return model;
}

/** Adds the subgraph that CALL_ONCE runs, with tensors and operators from a model of its own. */
function addInitializer(model: TfliteModel, initial: Int8Array): void {
  const builder = new ModelBuilder('initializer');
  const variable = builder.addTensor({ name: 'handle', ...handle });
  const value = builder.addTensor({ name: 'value', ...activation, data: initial });
  varHandle(builder, variable);
  builder.addOperator({ builtin: ASSIGN_VARIABLE, inputs: [variable, value], outputs: [] });
  const { subgraphs, buffers } = builder.build([], []);
  const { tensors, operators } = subgraphs[0]!;
  model.buffers.push(buffers[1]!);
  tensors[value]!.buffer = model.buffers.length - 1;
  const codes = [VAR_HANDLE, ASSIGN_VARIABLE];
  operators.forEach((operator, i) => {
    operator.opcodeIndex = model.operatorCodes.findIndex((code) => code.builtinCode === codes[i]);
  });
  model.subgraphs.push(new SubGraphT(tensors, [], [], operators, 'initializer'));
}

const initial = new Int8Array(noise(16, 3).buffer);

it.each([
  ['an initial value', initial],
  ['the zero point at first', null],
])('a variable with %s keeps its value as in TensorFlow Lite Micro', needing('python'), async (_, value) => {
  const model = writeModel(accumulator(value));
  const examples = noise(20 * 16, 5).map((code) => code >> 4);
  const [theirs] = await outputsOf('tflm', [{ model, examples }]);
  const loaded = Model.load(model);
  expect(loaded.stateBytes).toBe(16);
  expect(runOurs(loaded, examples).toString('hex')).toBe(theirs!.toString('hex'));
  expect(runOurs(loaded, examples).equals(theirs!)).toBe(false);
  loaded.reset();
  expect(runOurs(loaded, examples).toString('hex')).toBe(theirs!.toString('hex'));
  loaded.dispose();
  expect(() => loaded.reset()).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
});

it('what was read from a variable stays when the variable changes', needing('python'), async () => {
  const model = accumulator(null);
  const { operators } = model.subgraphs[0]!;
  // The variable takes the input before the sum is made: the sum is of this input and the one before.
  const [add, assign] = operators.splice(2, 2) as [OperatorT, OperatorT];
  assign.inputs = [assign.inputs[0]!, 0];
  operators.push(assign, add);
  const bytes = writeModel(model);
  const examples = noise(20 * 16, 5).map((code) => code >> 4);
  const [theirs] = await outputsOf('tflm', [{ model: bytes, examples }]);
  expect(runOurs(Model.load(bytes), examples).toString('hex')).toBe(theirs!.toString('hex'));
});

it('two models of one file have variables of their own', () => {
  const model = writeModel(accumulator(initial));
  const [a, b] = [Model.load(model), Model.load(model)];
  const input = new Int8Array(16).fill(1);
  const first = a.run([input])[0]!;
  a.run([input]);
  expect(b.run([input])[0]).toEqual(first);
});

it('names what it refuses about variables', () => {
  const late = accumulator(initial);
  const { operators } = late.subgraphs[0]!;
  operators.push(operators.shift()!);
  expect(() => Model.load(writeModel(late))).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED',
      where: 'operator 4 (CALL_ONCE)',
      message: expect.stringMatching(/variable sum is used before its initial value is assigned/),
    }),
  );
  const computed = accumulator(initial);
  computed.subgraphs[1]!.tensors[1]!.buffer = 0;
  expect(() => Model.load(writeModel(computed))).toThrow(/initial value must be a constant/);
  const other = accumulator(initial);
  other.subgraphs[0]!.tensors[1]!.shape = [1, 1];
  expect(() => Model.load(writeModel(other))).toThrow(
    /operator 2 \(READ_VARIABLE\), tensor 1 \(old\): variable sum holds other values \(expected 16 bytes of int8/,
  );
  const loop = accumulator(initial);
  loop.subgraphs[0]!.operators[0]!.builtinOptions = new CallOnceOptionsT(0);
  expect(() => Model.load(writeModel(loop))).toThrow(/wrong subgraph of initial values/);
  const foreign = accumulator(initial);
  foreign.subgraphs[1]!.operators[1]!.opcodeIndex = 0;
  expect(() => Model.load(writeModel(foreign))).toThrow(/expected VAR_HANDLE, ASSIGN_VARIABLE, received/);
});

/** Noise of all codes, but small ones where there are 16 bits: large ones saturate everything behind them. */
function noiseFor(model: Model, count: number): Uint8Array {
  const bytes = noise(count * inputBytes(model), 7);
  if (model.inputs[0]!.dtype !== 'int16') return bytes;
  const codes = Int16Array.from(bytes.subarray(bytes.length / 2), (byte) => 8 * (byte - 128));
  return new Uint8Array(codes.buffer);
}

/** A real model that gives what every layer with weights computes, because on noise its own output hardly changes. */
function withLayersAsOutputs(file: string): Uint8Array {
  const model = readModel(bytesOf(path.join(data, file)));
  const graph = model.subgraphs[0]!;
  const layers = graph.operators.filter((operator) =>
    /CONV_2D|FULLY_CONNECTED|SVDF|LSTM/.test(operatorName(model, operator)),
  );
  graph.outputs = layers.map(({ outputs }) => outputs[0]!);
  model.signatureDefs = [];
  return writeModel(model);
}

it(
  'real models with state give the bytes of TensorFlow Lite Micro for 200 inputs in a row',
  needing('data', 'python'),
  async () => {
    const files = realModels.filter((file) => /mww_|scrambled|lstm/.test(file));
    expect(files.length).toBeGreaterThanOrEqual(7);
    const cases = files.map((file) => {
      const model = withLayersAsOutputs(file);
      const loaded = Model.load(model);
      const examples = noiseFor(loaded, 200);
      const ours = runOurs(loaded, examples);
      // The scrambled weights of one model leave every layer at its lowest code.
      expect(runOurs(loaded, examples).equals(ours), `${file}, without a reset`).toBe(/8bit/.test(file));
      loaded.reset();
      expect(runOurs(loaded, examples).equals(ours), `${file}, after a reset`).toBe(true);
      loaded.dispose();
      return { model, examples, ours };
    });
    const theirs = await outputsOf('tflm', cases);
    for (const [i, file] of files.entries()) {
      expect.soft(cases[i]!.ours.equals(theirs[i]!), file).toBe(true);
    }
  },
);
