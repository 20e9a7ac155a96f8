import { fileURLToPath } from 'node:url';
import { readNpy, type Split } from '@weightfold/datasets';
import { bytesOf, modelFile, needing, noise, outputsOf, readNpz } from '@weightfold/test-support';
import { BuiltinOperator, readModel, TensorType } from '@weightfold/tflite';
import { describe, expect, it } from 'vitest';
import { outputChannels, weightedNodes } from '../graph/graph.js';
import { autoencoder } from '../graph/models.js';
import { importModel } from '../import/import.js';
import { importTflite } from '../import/tflite.js';
import { initialParameters, parameterSlots } from '../training/parameters.js';
import { floatLayers } from '../training/predict.js';
import { type Calibration, calibrationMethods } from './calibration.js';
import { quantizeModel } from './quantize.js';

/** A calibration set of noise from −1 to 1, as good as any for comparing two runtimes. */
function noiseSet(shape: number[], count: number): Split {
  const x = Float32Array.from(
    noise(count * shape.reduce((product, n) => product * n, 1), 5),
    (byte) => byte / 127.5 - 1,
  );
  return { count, shape, x, xScale: 1, y: new Int32Array(count) };
}

const calibrationOf = (method: (typeof calibrationMethods)[number]): Calibration =>
  method === 'percentile' ? { method, percentile: 99.9 } : { method };

describe.each(['mlperf_ad01_fp32', 'mlperf_ic01_resnet8_fp32', 'qualcomm_kws_float'])('%s', (name) => {
  const model = () => importTflite(bytesOf(modelFile(`${name}.tflite`)));

  it('is fully int8, and LiteRT and TFLite Micro run it alike', needing('data', 'python'), async () => {
    const imported = model();
    const set = noiseSet(imported.graph.inputs[0]!.shape, 20);
    const { tflite, layers } = quantizeModel(imported, set, { examples: 20 });
    const { subgraphs } = readModel(tflite);
    expect(new Set(subgraphs[0]!.tensors.map(({ type }) => type))).toEqual(
      new Set([TensorType.INT8, TensorType.INT32]),
    );
    const size = set.shape.reduce((product, n) => product * n, 1);
    const cases = [{ model: tflite, examples: noise(5 * size, 3) }];
    const [litert] = await outputsOf('litert-ref', cases);
    const [micro] = await outputsOf('tflm', cases);
    const apart = litert!.map((byte, i) => Math.abs(((byte << 24) >> 24) - ((micro![i]! << 24) >> 24)));
    expect(Math.max(...apart)).toBeLessThanOrEqual(8); // dense layers round once in one and twice in the other
    expect(layers.map(({ op }) => op)).not.toContain('CONSTANT');
    for (const { name: layer, ownSqnr, cosine } of layers) {
      expect(ownSqnr, layer).toBeGreaterThan(18);
      expect(cosine, layer).toBeGreaterThan(0.9);
    }
  });

  it.each(calibrationMethods)(
    'is near the float network with ranges by %s',
    needing('data', 'python'),
    async (method) => {
      const imported = model();
      const set = noiseSet(imported.graph.inputs[0]!.shape, 20);
      const options = { examples: 20, calibration: calibrationOf(method), endpoints: 'float32' } as const;
      const { tflite } = quantizeModel(imported, set, options);
      const { operators } = readModel(tflite).subgraphs[0]!;
      expect(operators.length).toBeGreaterThan(2);
      const examples = new Uint8Array((set.x as Float32Array).slice().buffer);
      const float = bytesOf(modelFile(`${name}.tflite`));
      const floats = (bytes: Buffer) => new Float32Array(new Uint8Array(bytes).buffer);
      const [expected, ours] = (
        await outputsOf(
          'litert-ref',
          [float, tflite].map((bytes) => ({ model: bytes, examples })),
        )
      ).map(floats) as [Float32Array, Float32Array];
      const signal = expected.reduce((sum, value) => sum + value * value, 0);
      const noisePower = ours.reduce((sum, value, i) => sum + (value - expected[i]!) ** 2, 0);
      expect(10 * Math.log10(signal / noisePower)).toBeGreaterThan(12);
    },
  );
});

// Two outputs, a layer and a model that are called twice, batch normalization before a pool, even kernels, a multiplier of 3.
it('a network of rare things is near what Keras computes', needing('python'), async () => {
  const made = (name: string) => fileURLToPath(new URL(`../../test/keras/${name}`, import.meta.url));
  const imported = await importModel(made('unusual2.keras'));
  const arrays = readNpz(made('outputs2.npz'));
  const floats = (key: string) => readNpy(arrays[key]!).data as Float32Array;
  const { shape } = imported.graph.inputs[0]!;
  const x = floats('unusual2_x');
  const set = { count: 3, shape, x, xScale: 1, y: new Int32Array(3) };
  const { tflite } = quantizeModel(imported, set, { endpoints: 'float32' });
  const examples = new Uint8Array(x.slice().buffer);
  const [bytes] = await outputsOf('litert-ref', [{ model: tflite, examples }]);
  const values = new Float32Array(new Uint8Array(bytes!).buffer);
  const [vector, map] = [floats('unusual2_y'), floats('unusual2_y1')];
  const [short, long] = [vector.length / 3, map.length / 3];
  for (const [expected, size, at] of [
    [vector, short, 0],
    [map, long, short],
  ] as const) {
    const ours = expected.map((_, i) => values[Math.floor(i / size) * (short + long) + at + (i % size)]!);
    const signal = expected.reduce((sum, value) => sum + value * value, 0);
    const noisePower = expected.reduce((sum, value, i) => sum + (value - ours[i]!) ** 2, 0);
    expect(10 * Math.log10(signal / noisePower)).toBeGreaterThan(25);
  }
});

it('quantizes and dequantizes by itself with float endpoints', needing('data'), () => {
  const imported = importTflite(bytesOf(modelFile('qualcomm_kws_float.tflite')));
  const { tflite } = quantizeModel(imported, noiseSet([49, 10, 1], 10), { endpoints: 'float32' });
  const model = readModel(tflite);
  const ops = model.subgraphs[0]!.operators.map(
    ({ opcodeIndex }) => model.operatorCodes[opcodeIndex]!.builtinCode,
  );
  expect([ops[0], ops.at(-1)]).toEqual([BuiltinOperator.QUANTIZE, BuiltinOperator.DEQUANTIZE]);
});

it('refuses examples of another shape, and values that are no numbers', needing('data'), () => {
  const imported = importTflite(bytesOf(modelFile('qualcomm_kws_float.tflite')));
  expect(() => quantizeModel(imported, noiseSet([10, 49, 1], 10))).toThrow(
    'calibration set: expected examples of shape [49,10,1] but received [10,49,1]',
  );
  const broken = noiseSet([49, 10, 1], 10);
  (broken.x as Float32Array)[3] = Number.NaN;
  expect(() => quantizeModel(imported, broken)).toThrow(/no finite number/);
});

// One scale for a dense layer would have to hold the largest factor of its batch normalization: small channels lose
// their weights.
it('keeps the weights of dense layers with batch normalization, whatever its factors are', () => {
  const graph = autoencoder([16]);
  const slots = parameterSlots(graph);
  const channels = weightedNodes(graph).map((node) => [node.name, outputChannels(node)] as const);
  const moments = new Map(
    channels.map(([name, count]) => {
      const variance = Float32Array.from({ length: count }, (_, i) => 1 / (1 + (i % 30)) ** 2);
      return [name, { mean: new Float32Array(count), variance }];
    }),
  );
  const state = { slots, values: initialParameters(graph, slots, 1), moments };
  const { tflite } = quantizeModel({ graph, state }, noiseSet([16], 20));
  const { buffers, subgraphs } = readModel(tflite);
  for (const { node, weights } of floatLayers(graph, state)) {
    const { buffer, quantization, shape } = subgraphs[0]!.tensors.find(
      ({ name }) => name === `${node.name}/weights`,
    )!;
    const [units, width] = shape as [number, number];
    const scales = quantization!.scale;
    const codes = Int8Array.from(buffers[buffer]!);
    const largest = new Float32Array(units);
    weights.forEach((value, k) => {
      largest[k % units] = Math.max(largest[k % units]!, Math.abs(value));
    });
    let most = 0; // error of a weight as a part of its unit's largest
    codes.forEach((code, i) => {
      const [unit, input] = [Math.floor(i / width), i % width];
      const real = code * scales[scales.length > 1 ? unit : 0]!;
      most = Math.max(most, Math.abs(real - weights[input * units + unit]!) / largest[unit]!);
    });
    expect(most, node.name).toBeLessThan(node.batchNorm ? 0.51 / 127 : 0.1);
  }
});
