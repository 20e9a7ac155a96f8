import { fileURLToPath } from 'node:url';
import { readNpy } from '@weightfold/datasets';
import { bytesOf, modelFile, needing, noise, outputsOf, readNpz } from '@weightfold/test-support';
import {
  ActivationFunctionType,
  BuiltinOperator,
  BuiltinOptions,
  ConcatenationOptionsT,
  Conv2DOptionsT,
  FullyConnectedOptionsT,
  FullyConnectedOptionsWeightsFormat,
  LeakyReluOptionsT,
  ModelBuilder,
  MulOptionsT,
  Padding,
  PadOptionsT,
  Pool2DOptionsT,
  TensorType,
  TransposeConvOptionsT,
  writeModel,
} from '@weightfold/tflite';
import { describe, expect, it } from 'vitest';
import { floatLayers, predict } from '../training/predict.js';
import { importTflite } from './tflite.js';

/** Floats from −1 to 1. */
const random = (size: number, seed: number) =>
  Float32Array.from(noise(size, seed), (byte) => byte / 127.5 - 1);

/** Largest difference of our float outputs and LiteRT's, beside the largest output. */
async function difference(bytes: Uint8Array, count: number): Promise<number> {
  const { graph, state } = importTflite(bytes);
  const size = graph.inputs[0]!.shape.reduce((product, n) => product * n, 1);
  const x = random(count * size, 11);
  const [ours] = predict(graph, floatLayers(graph, state), new Map([[graph.inputs[0]!.name, x]]), count);
  const [litert] = await outputsOf('litert-ref', [{ model: bytes, examples: new Uint8Array(x.buffer) }]);
  const theirs = new Float32Array(new Uint8Array(litert!).buffer);
  expect(ours!.length).toBe(theirs.length);
  const largest = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return ours!.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0) / largest;
}

describe('real float models give the outputs of LiteRT', needing('data', 'python'), () => {
  it.each(['mlperf_ad01_fp32', 'mlperf_ic01_resnet8_fp32', 'mlperf_vww01_mbv1_float', 'qualcomm_kws_float'])(
    '%s',
    async (name) => expect(await difference(bytesOf(modelFile(`${name}.tflite`)), 4)).toBeLessThan(1e-4),
  );

  // Weights in int8: LiteRT quantizes activations too while it runs, so that it is near our real numbers and no more.
  it.each(['mlperf_ad01_dynrange', 'mlperf_kws01_float32'])('%s, with dynamic range', async (name) =>
    expect(await difference(bytesOf(modelFile(`${name}.tflite`)), 4)).toBeLessThan(0.1),
  );
});

// TensorFlow's converter made these of Keras files, of which the outputs beside them are: test/keras/make_tflite.py.
const made = (name: string) => fileURLToPath(new URL(`../../test/keras/${name}`, import.meta.url));

describe('files of TensorFlow’s converter give the outputs of Keras', () => {
  it.each([
    ['sequences2', 'float32', 1e-5], // a dense layer at each step
    ['unusual2', 'float32', 1e-5], // two outputs, shared layers, largest of all places
    ['unusual2', 'float16', 5e-3],
  ])('%s, %s', (name, kind, most) => {
    const arrays = readNpz(made('outputs2.npz'));
    const floats = (key: string) => readNpy(arrays[key]!).data as Float32Array;
    const { graph, state } = importTflite(bytesOf(made(`${name}_${kind}.tflite`)));
    const inputs = new Map([[graph.inputs[0]!.name, floats(`${name}_x`)]]);
    const ours = predict(graph, floatLayers(graph, state), inputs, 3);
    const expected = Object.keys(arrays)
      .filter((key) => key.startsWith(`${name}_y`))
      .map(floats);
    expect(ours.length).toBe(expected.length);
    for (const y of expected) {
      const values = ours.find(({ length }) => length === y.length)!;
      const scale = y.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      y.forEach((value, i) => {
        expect(Math.abs(value - values[i]!) / scale).toBeLessThan(most);
      });
    }
  });
});

/** Branches, and the ops that no model at hand has, in one network; LiteRT says what it computes. */
function everyOp(): Uint8Array {
  const builder = new ModelBuilder('every op');
  const float = (name: string, shape: number[], data?: Float32Array) =>
    builder.addTensor({ name, shape, type: TensorType.FLOAT32, ...(data ? { data } : {}) });
  const weights = (name: string, shape: number[], seed: number) =>
    float(
      name,
      shape,
      random(
        shape.reduce((product, n) => product * n, 1),
        seed,
      ),
    );
  const op = (
    builtin: BuiltinOperator,
    inputs: number[],
    output: number,
    optionsType: BuiltinOptions = BuiltinOptions.NONE,
    options: Parameters<typeof builder.addOperator>[0]['options'] = null,
    version = 1,
  ) => {
    builder.addOperator({ builtin, version, inputs, outputs: [output], optionsType, options });
    return output;
  };
  const { NONE, RELU6 } = ActivationFunctionType;
  const x = float('x', [1, 9, 7, 4]);
  const grouped = op(
    BuiltinOperator.CONV_2D,
    [x, weights('grouped/w', [6, 3, 3, 2], 1), weights('grouped/b', [6], 2)],
    float('grouped', [1, 9, 7, 6]),
    BuiltinOptions.Conv2DOptions,
    new Conv2DOptionsT(Padding.SAME, 1, 1, NONE, 1, 1),
  );
  const dilated = op(
    BuiltinOperator.CONV_2D,
    [grouped, weights('dilated/w', [6, 3, 2, 6], 3), weights('dilated/b', [6], 6)],
    float('dilated', [1, 9, 7, 6]),
    BuiltinOptions.Conv2DOptions,
    new Conv2DOptionsT(Padding.SAME, 1, 1, RELU6, 3, 2),
    2,
  );
  const leaky = op(
    BuiltinOperator.LEAKY_RELU,
    [grouped],
    float('leaky', [1, 9, 7, 6]),
    BuiltinOptions.LeakyReluOptions,
    new LeakyReluOptionsT(0.2),
  );
  const swish = op(BuiltinOperator.HARD_SWISH, [dilated], float('swish', [1, 9, 7, 6]));
  const scaled = op(
    BuiltinOperator.MUL,
    [leaky, weights('factor', [6], 4)],
    float('scaled', [1, 9, 7, 6]),
    BuiltinOptions.MulOptions,
    new MulOptionsT(NONE),
  );
  const joined = op(
    BuiltinOperator.CONCATENATION,
    [swish, scaled],
    float('joined', [1, 9, 7, 12]),
    BuiltinOptions.ConcatenationOptions,
    new ConcatenationOptionsT(-1, NONE),
  );
  const pooled = op(
    BuiltinOperator.MAX_POOL_2D,
    [joined],
    float('pooled', [1, 4, 3, 12]),
    BuiltinOptions.Pool2DOptions,
    new Pool2DOptionsT(Padding.VALID, 2, 2, 3, 2, ActivationFunctionType.RELU),
  );
  const paddings = builder.addTensor({
    name: 'paddings',
    shape: [4, 2],
    type: TensorType.INT32,
    data: Int32Array.from([0, 0, 1, 0, 0, 2, 0, 0]),
  });
  const padded = op(
    BuiltinOperator.PAD,
    [pooled, paddings],
    float('padded', [1, 5, 5, 12]),
    BuiltinOptions.PadOptions,
    new PadOptionsT(),
  );
  const shape = builder.addTensor({
    name: 'shape',
    shape: [4],
    type: TensorType.INT32,
    data: Int32Array.from([1, 10, 10, 3]),
  });
  const wide = op(
    BuiltinOperator.TRANSPOSE_CONV,
    [shape, weights('wide/w', [3, 3, 3, 12], 5), padded],
    float('wide', [1, 10, 10, 3]),
    BuiltinOptions.TransposeConvOptions,
    new TransposeConvOptionsT(Padding.SAME, 2, 2),
  );
  const bounded = op(BuiltinOperator.TANH, [wide], float('bounded', [1, 10, 10, 3]));
  return writeModel(
    builder.build([x], [op(BuiltinOperator.LOGISTIC, [bounded], float('y', [1, 10, 10, 3]))]),
  );
}

it('a network of every other op gives the outputs of LiteRT', needing('python'), async () => {
  expect(await difference(everyOp(), 3)).toBeLessThan(1e-5);
});

/** A dense layer, as TFLite has it, on an input of a shape. */
function denseOn(
  input: number[],
  output: number[],
  inputUnits: number,
  keepNumDims: boolean,
  weightsFormat = FullyConnectedOptionsWeightsFormat.DEFAULT,
): Uint8Array {
  const builder = new ModelBuilder('dense');
  const float = (name: string, shape: number[], data?: Float32Array) =>
    builder.addTensor({ name, shape, type: TensorType.FLOAT32, ...(data ? { data } : {}) });
  const x = float('x', input);
  const w = float('w', [5, inputUnits], random(5 * inputUnits, 1));
  const b = float('b', [5], random(5, 2));
  const y = float('y', output);
  builder.addOperator({
    builtin: BuiltinOperator.FULLY_CONNECTED,
    version: 5,
    inputs: [x, w, b],
    outputs: [y],
    optionsType: BuiltinOptions.FullyConnectedOptions,
    options: new FullyConnectedOptionsT(ActivationFunctionType.RELU, weightsFormat, keepNumDims),
  });
  return writeModel(builder.build([x], [y]));
}

describe('a dense layer', () => {
  it.each([
    [[1, 6], [1, 5], 6, false],
    [[1, 2, 3], [1, 5], 6, false],
    [[1, 1, 6], [1, 1, 5], 6, true],
    [[1, 7, 6], [1, 7, 5], 6, true],
    [[1, 3, 4, 6], [1, 3, 4, 5], 6, true],
    [[1, 2, 2, 3, 6], [1, 2, 2, 3, 5], 6, true],
  ])('of %j gives %j as LiteRT does', needing('python'), async (input, output, units, keeps) => {
    expect(await difference(denseOn(input, output, units, keeps), 3)).toBeLessThan(1e-6);
  });

  it('is refused by name where its places become the batch, or its weights are shuffled', () => {
    expect(() => importTflite(denseOn([1, 7, 6], [7, 5], 6, false))).toThrow(
      /layer y \(tensor\): expected a first dimension of 1 but its shape is \[7,5\]/,
    );
    const { SHUFFLED4x16INT8 } = FullyConnectedOptionsWeightsFormat;
    expect(() => importTflite(denseOn([1, 6], [1, 5], 6, false, SHUFFLED4x16INT8))).toThrow(
      /layer y \(FULLY_CONNECTED\): its weights are shuffled/,
    );
  });
});

it('refuses a constant in a concatenation by name', () => {
  const builder = new ModelBuilder('joined');
  const float = (name: string, shape: number[], data?: Float32Array) =>
    builder.addTensor({ name, shape, type: TensorType.FLOAT32, ...(data ? { data } : {}) });
  const [x, ones, y] = [float('x', [1, 3]), float('ones', [1, 2], Float32Array.of(1, 1)), float('y', [1, 5])];
  builder.addOperator({
    builtin: BuiltinOperator.CONCATENATION,
    inputs: [x, ones],
    outputs: [y],
    optionsType: BuiltinOptions.ConcatenationOptions,
    options: new ConcatenationOptionsT(1, ActivationFunctionType.NONE),
  });
  expect(() => importTflite(writeModel(builder.build([x], [y])))).toThrow(
    /layer y \(CONCATENATION\): it joins a constant/,
  );
});

it('refuses a node that would give another shape than the file says', () => {
  const builder = new ModelBuilder('wide');
  const float = (name: string, shape: number[], data?: Float32Array) =>
    builder.addTensor({ name, shape, type: TensorType.FLOAT32, ...(data ? { data } : {}) });
  const x = float('x', [1, 3, 3, 2]);
  const size = builder.addTensor({
    name: 's',
    shape: [4],
    type: TensorType.INT32,
    data: Int32Array.of(1, 8, 8, 1),
  });
  const y = float('y', [1, 8, 8, 1]); // 7 × 7 without output padding
  builder.addOperator({
    builtin: BuiltinOperator.TRANSPOSE_CONV,
    inputs: [size, float('w', [1, 3, 3, 2], random(18, 1)), x],
    outputs: [y],
    optionsType: BuiltinOptions.TransposeConvOptions,
    options: new TransposeConvOptionsT(Padding.VALID, 2, 2),
  });
  expect(() => importTflite(writeModel(builder.build([x], [y])))).toThrow(
    /layer y \(TRANSPOSE_CONV\): expected an output of shape \[1,7,7,1\] but received \[1,8,8,1\]/,
  );
});

it('names the first operator that it cannot take, and the nearest that it can', needing('data'), () => {
  expect(() => importTflite(bytesOf(modelFile('tflm_keyword_scrambled.tflite')))).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED', exitCode: 4 }),
  );
  expect(() => importTflite(bytesOf(modelFile('mlperf_ic01_resnet8_int8.tflite')))).toThrow(
    /expected a float model but its type is INT8: it is quantized already/,
  );
});
