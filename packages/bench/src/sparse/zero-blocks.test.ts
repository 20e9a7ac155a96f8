import { fitPattern, parsePattern } from '@weightfold/container';
import { Model, nativeInfo } from '@weightfold/runtime-native';
import { bytesOf, modelFile, needing, noise, outputsOf } from '@weightfold/test-support';
import { readModel, weightStatistics, zeroMap } from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { withZeroBlocks } from './zero-blocks.js';

const isas = nativeInfo().available;

/** Outputs for some examples, as bytes. */
function outputs(tflite: Uint8Array, examples: Uint8Array, isa: string, threads = 1): Buffer {
  const model = Model.load(tflite, { isa, threads });
  const input = model.input(0) as Int8Array;
  const all: Uint8Array[] = [];
  for (let at = 0; at < examples.length; at += input.length) {
    input.set(new Int8Array(examples.buffer, at, input.length));
    model.invoke();
    all.push(new Uint8Array(model.output(0).slice().buffer));
  }
  model.dispose();
  return Buffer.concat(all);
}

/** Names of the kernels of convolutions on an instruction set. */
function kernels(tflite: Uint8Array, isa: string): string[] {
  const model = Model.load(tflite, { isa });
  const ops = model.profile(1);
  model.dispose();
  return ops.filter(({ kind }) => kind === 'CONV_2D').map(({ kernel }) => kernel);
}

const cases = [
  ['tflm_mobilenet_v2_int8', '4x16'],
  ...['4x16', '16x1', '3x5'].flatMap((pattern) =>
    ['mlperf_kws01_dscnn_int8', 'mlperf_vww01_mbv1_int8'].map((name) => [name, pattern]),
  ),
] as [name: string, pattern: string][];

it.each(cases)(
  '%s with blocks of zeros, %s: the bytes of TensorFlow Lite Micro',
  needing('data', 'python'),
  async (name, text) => {
    const pattern = parsePattern(text)!;
    const model = withZeroBlocks(bytesOf(modelFile(`${name}.tflite`)), pattern, 0.75);
    const examples = noise(2 * inputLength(model), 7);
    const [expected] = await outputsOf('tflm', [{ model, examples }]);
    for (const isa of isas) {
      expect(outputs(model, examples, isa).equals(expected!), isa).toBe(true);
      expect(outputs(model, examples, isa, 2).equals(expected!), `${isa}, two threads`).toBe(true);
    }
  },
);

function inputLength(tflite: Uint8Array): number {
  const model = Model.load(tflite);
  const { length } = model.input(0);
  model.dispose();
  return length;
}

it('zeroes whole blocks of pointwise convolutions, as many as asked for', needing('data'), () => {
  const dense = bytesOf(modelFile('mlperf_kws01_dscnn_int8.tflite'));
  const before = dense.slice();
  const model = readModel(withZeroBlocks(dense, parsePattern('4x16')!, 0.6));
  const pointwise = weightStatistics(model).filter(({ op, shape }) => op === 'CONV_2D' && shape[1] === 1);
  expect(pointwise.length).toBe(4);
  for (const { tensorIndex, shape, elements } of pointwise) {
    const isZero = zeroMap(model, model.subgraphs[0]!.tensors[tensorIndex]!)!;
    const { zerosInside } = fitPattern(
      isZero,
      { rows: shape[0]!, columns: shape[3]! },
      parsePattern('4x16')!,
    );
    expect(zerosInside).toBeGreaterThanOrEqual(0.6 * elements);
    expect(zerosInside).toBeLessThanOrEqual(0.6 * elements + 4 * 16);
  }
  expect(dense).toEqual(before);
});

const avx2 = { skip: needing('data').skip || !isas.includes('avx2') };

it('skips blocks where a layer has enough of them, and runs others dense', avx2, () => {
  const dense = bytesOf(modelFile('tflm_mobilenet_v2_int8.tflite'));
  const skipping = (tflite: Uint8Array) =>
    kernels(tflite, 'avx2').filter((kernel) => kernel === 'avx2-sparse').length;
  expect(skipping(dense)).toBe(0);
  const [half, most] = [0.5, 0.75].map((part) =>
    skipping(withZeroBlocks(dense, parsePattern('4x16')!, part)),
  );
  expect(half).toBeGreaterThan(10);
  expect(most).toBeGreaterThan(half!);
  expect(kernels(withZeroBlocks(dense, parsePattern('4x16')!, 0.75), 'scalar')).not.toContain('avx2-sparse');
});
