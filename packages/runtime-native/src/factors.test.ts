import path from 'node:path';
import { bytesOf, data, needing, outputsOf } from '@weightfold/test-support';
import {
  BuiltinOptions,
  operatorName,
  readModel,
  SVDFOptionsT,
  TensorType,
  tensorData,
  writeModel,
} from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { Model } from './index.js';
import { layerModel } from './test-support/one-layer.js';
import { runOurs } from './test-support/run.js';

const depth = 128;
const channels = 640;

/** Next to a tie, both ways of rounding agree, but a factor that came from a product in binary32 gives the other code. */
function sumsNextToTies(product: number, scale: number): number[] {
  const [wide, narrow] = [product / scale, Math.fround(product) / scale];
  const sums: number[] = [];
  for (let step = -120; step < 120; step++) {
    const sum = Math.round(((step + 0.5) * (1 / wide + 1 / narrow)) / 2);
    if (Math.round(sum * wide) !== Math.round(sum * narrow)) sums.push(sum);
  }
  return sums;
}

/** A fully connected layer of a real model whose answers, for an input of zeros, are sums of ours times its factor. */
function lastLayer(unsigned: boolean): { model: Uint8Array; sums: number } {
  const model = readModel(bytesOf(path.join(data, 'models/mlperf_ad01_int8.tflite')));
  const graph = model.subgraphs[0]!;
  const layer = graph.operators.findLast((operator) => operatorName(model, operator) === 'FULLY_CONNECTED')!;
  const tensor = (index: number) => graph.tensors[index]!;
  const [x, w, y] = [tensor(layer.inputs[0]!), tensor(layer.inputs[1]!), tensor(layer.outputs[0]!)];
  const [input, weights, output] = [x.quantization!, w.quantization!, y.quantization!];
  if (unsigned) for (const tensor of [x, w, y]) tensor.type = TensorType.UINT8;
  input.zeroPoint = BigInt64Array.of(unsigned ? 0n : -128n);
  weights.zeroPoint = BigInt64Array.of(unsigned ? 128n : 0n);
  output.zeroPoint = BigInt64Array.of(unsigned ? 128n : 0n);
  output.scale = Float32Array.of(4096 * output.scale[0]!);

  const sums = sumsNextToTies(input.scale[0]! * weights.scale[0]!, output.scale[0]!);
  const bias = tensorData(model, graph.tensors[layer.inputs[2]!]!)!;
  const all = new Int32Array(channels);
  all.set(sums);
  bias.set(new Uint8Array(all.buffer));
  graph.operators = [layer];
  graph.inputs = [layer.inputs[0]!];
  graph.outputs = [layer.outputs[0]!];
  model.signatureDefs = [];
  return { model: writeModel(model), sums: sums.length };
}

it.each(['int8', 'uint8'])(
  'FULLY_CONNECTED of %s multiplies its scales in binary64',
  needing('data', 'python'),
  async (type) => {
    const { model, sums } = lastLayer(type === 'uint8');
    expect(sums).toBeGreaterThan(100);
    const examples = new Uint8Array(depth).fill(type === 'uint8' ? 0 : 128);
    const [theirs] = await outputsOf(type === 'uint8' ? 'litert-ref' : 'tflm', [{ model, examples }]);
    const loaded = Model.load(model);
    expect(runOurs(loaded, examples).equals(theirs!)).toBe(true);
    loaded.dispose();
  },
);

it.each([TensorType.INT8, TensorType.INT16])(
  'SVDF with state of type %d multiplies its scales in binary64',
  needing('python'),
  async (type) => {
    const [state, time, scale] = [0.0737, 0.00873, 0.3337 * 4096].map(Math.fround) as [
      number,
      number,
      number,
    ];
    const sums = sumsNextToTies(state * time, scale);
    expect(sums.length).toBeGreaterThan(100);
    const units = sums.length;
    const none = new Int8Array(2 * units);
    const model = layerModel({
      op: 'SVDF',
      version: 3,
      inputs: [
        { shape: [1, 2], type: TensorType.INT8, scale: 0.05 },
        { shape: [units, 2], type: TensorType.INT8, scale: 0.01, data: none },
        {
          shape: [units, 2],
          type,
          scale: time,
          data: type === TensorType.INT8 ? none : Int16Array.from(none),
        },
        { shape: [units], type: TensorType.INT32, scale: state * time, data: Int32Array.from(sums) },
        { shape: [1, 2 * units], type, scale: state, variable: true },
      ],
      output: { shape: [1, units], type: TensorType.INT8, scale },
      optionsType: BuiltinOptions.SVDFOptions,
      options: new SVDFOptionsT(1),
    });
    const examples = new Uint8Array(2);
    const [theirs] = await outputsOf('tflm', [{ model, examples }]);
    const loaded = Model.load(model);
    expect(runOurs(loaded, examples).equals(theirs!)).toBe(true);
    loaded.dispose();
  },
);
