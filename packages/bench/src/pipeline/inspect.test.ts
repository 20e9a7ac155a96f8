import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compress } from '@weightfold/compressor';
import { bytesOf, data, modelFile, needing, realModels } from '@weightfold/test-support';
import { readModel, writeModel } from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { inspectModel } from './inspect.js';

const real = needing('data');

interface Entry {
  file: string;
  bytes: number;
  subgraphs: number;
  ops: Record<string, number>;
  inputs: { shape: number[]; dtype: string; quant: [number, number] }[];
  layers: { op: string; shape: number[]; zeros: number; unique: number; n: number }[];
}

it(
  'tells of real models what the manifest beside them tells, which TensorFlow’s own reader made',
  real,
  () => {
    const manifest = JSON.parse(Buffer.from(bytesOf(modelFile('MANIFEST.json'))).toString()) as Entry[];
    const files = ['mlperf_kws01_dscnn_int8', 'mlperf_vww01_mbv1_int8', 'mlperf_ic01_resnet8_int8'];
    for (const file of files) {
      const entry = manifest.find((candidate) => candidate.file === `${file}.tflite`)!;
      const inspection = inspectModel(bytesOf(modelFile(entry.file)));
      expect([inspection.bytes, inspection.subgraphs]).toEqual([entry.bytes, entry.subgraphs]);
      const ops: Record<string, number> = {};
      for (const { op } of inspection.ops) ops[op] = (ops[op] ?? 0) + 1;
      expect(ops).toEqual(entry.ops);
      const [input] = inspection.inputs;
      expect([input!.shape, input!.dtype, input!.zeroPoint]).toEqual([
        entry.inputs[0]!.shape,
        entry.inputs[0]!.dtype,
        entry.inputs[0]!.quant[1],
      ]);
      expect(input!.scale).toBeCloseTo(entry.inputs[0]!.quant[0], 6);
      const layers = inspection.tensors.map(({ op, shape, elements, distinct }) => [
        op,
        shape,
        elements,
        distinct,
      ]);
      expect(layers).toEqual(entry.layers.map(({ op, shape, n, unique }) => [op, shape, n, unique]));
      inspection.tensors.forEach((tensor, i) => {
        expect(tensor.zeroFraction).toBeCloseTo(entry.layers[i]!.zeros, 4);
        expect(tensor.entropyBits).toBeLessThanOrEqual(Math.log2(tensor.distinct) + 1e-9);
      });
    }
  },
);

it.each(realModels)('%s: every byte is counted once, every weight in one tensor', (file) => {
  const { bytes, totals, tensors, ops, arenaBytes, arenaNote } = inspectModel(bytesOf(path.join(data, file)));
  const { weightBytes, otherConstantBytes, structureBytes, weightsByDtype, weights } = totals;
  expect(weightBytes + otherConstantBytes + structureBytes).toBe(bytes);
  expect(Math.min(weightBytes, structureBytes)).toBeGreaterThan(0);
  expect(Object.values(weightsByDtype).reduce((sum, n) => sum + n, 0)).toBe(weights);
  expect(ops.reduce((sum, { parameters }) => sum + parameters, 0)).toBeGreaterThanOrEqual(weights);
  for (const { zeros, zeroFraction, elements, distinct, entropyBits } of tensors) {
    expect(zeroFraction).toBe(zeros / elements);
    expect(entropyBits).toBeLessThanOrEqual(Math.log2(distinct) + 1e-9);
  }
  expect(arenaBytes === null).toBe(arenaNote !== null);
});

it('adds up multiplications and parameters', real, () => {
  const { ops, macs, parameters, arenaBytes } = inspectModel(
    bytesOf(modelFile('mlperf_kws01_dscnn_int8.tflite')),
  );
  // By hand from the layers' shapes: 10×4 convolution of 49×10 with stride 2 to 25×5×64; four blocks of 3×3 depthwise and
  // 1×1 to 64; dense 64 to 12.
  const at = 25 * 5 * 64;
  expect(macs).toBe(at * 40 + 4 * (at * 9 + at * 64) + 64 * 12);
  expect(parameters).toBe(64 * 40 + 64 + 4 * (64 * 9 + 64 + 64 * 64 + 64) + 64 * 12 + 12 + 2); // 2: shape of the reshape
  expect(ops.reduce((sum, op) => sum + op.macs, 0)).toBe(macs);
  // An activation of a pointwise layer and its input must be in memory at once.
  expect(arenaBytes).toBeGreaterThanOrEqual(2 * at);
});

it('sees through a container', real, () => {
  const tflite = bytesOf(modelFile('tflm_hello_world_int8.tflite'));
  const wfz = compress(tflite, { level: 'fast' }).bytes;
  const plain = inspectModel(tflite);
  expect(inspectModel(wfz)).toEqual({ ...plain, bytes: wfz.length, packed: expect.anything() });
  expect(plain.tfliteBytes).toBe(tflite.length);
});

it('says why the arena is not known where no kernel handles an op', real, () => {
  const { arenaBytes, arenaNote, tensors } = inspectModel(bytesOf(modelFile('mlperf_kws01_float32.tflite')));
  expect(arenaBytes).toBeNull();
  expect(arenaNote).toMatch(/CONV_2D/);
  expect(tensors.length).toBeGreaterThan(5);
});

it('tells settings, bytes by kind and totals', real, () => {
  const { ops, totals, tensors, bytes } = inspectModel(bytesOf(modelFile('mlperf_kws01_dscnn_int8.tflite')));
  expect(ops[0]).toMatchObject({
    op: 'CONV_2D',
    version: 3,
    options: { padding: 'SAME', strideH: 2, strideW: 2, fusedActivationFunction: 'RELU' },
    constantBytes: 64 * 40 + 4 * 64,
  });
  const { weightBytes, otherConstantBytes, structureBytes, weightsByDtype } = totals;
  expect(weightBytes + otherConstantBytes + structureBytes).toBe(bytes);
  expect(weightBytes).toBe(64 * 40 + 4 * (64 * 9 + 64 * 64) + 64 * 12);
  expect(weightsByDtype).toEqual({ int8: weightBytes });
  expect(tensors[0]).toMatchObject({ scales: 64, quantizedDimension: 0, patterns: [] });
});

it('finds patterns that zeros were put in, and none where they lie by chance', real, () => {
  const base = bytesOf(modelFile('mlperf_kws01_dscnn_int8.tflite'));
  const withZeros = (isZero: (row: number, column: number) => boolean) => {
    const model = readModel(base.slice());
    const { tensors } = model.subgraphs[0]!;
    const { tensorIndex, shape } = inspectModel(base).tensors.find(
      ({ shape: s }) => s.join() === '64,1,1,64',
    )!;
    const codes = model.buffers[tensors[tensorIndex]!.buffer]!;
    for (let i = 0; i < codes.length; i++) codes[i] = isZero(Math.floor(i / 64), i % 64) ? 0 : 1 + (i % 100);
    return inspectModel(writeModel(model)).tensors.find(({ shape: s }) => s.join() === shape.join())!
      .patterns;
  };
  expect(withZeros((row, column) => (row + column) % 2 === 0)).toEqual(['2:4']);
  expect(withZeros((row, column) => (row >> 4) % 2 === 0 && (column >> 4) % 2 === 0)).toEqual([
    '1x4',
    '4x1',
    '4x16',
    '16x1',
  ]);
  expect(withZeros((_, column) => (column >> 2) % 3 === 0)).toEqual(['1x4', '4x1', '16x1']);
  expect(withZeros((row, column) => (row * 31 + column * 17) % 7 < 2)).toEqual([]);
  // One weight in 47 is not zero: two in a group of four would be rare, and there are none here.
  expect(withZeros((row, column) => (row * 64 + column) % 47 !== 0)).toEqual([]);
  expect(withZeros(() => true)).toEqual([]);
});

it('tells no pattern of layers that are nearly all zeros', real, () => {
  const { tensors } = inspectModel(bytesOf(modelFile('mlperf_vww01_mbv1_int8.tflite')));
  const sparse = tensors.filter(({ op, zeroFraction }) => op === 'CONV_2D' && zeroFraction > 0.97);
  expect(sparse.length).toBe(4);
  expect(sparse.flatMap(({ patterns }) => patterns)).toEqual([]);
});

it('counts weights of 16 bits as those of the layers that they are for', () => {
  const made = (kind: string) =>
    inspectModel(
      bytesOf(
        fileURLToPath(new URL(`../../../optimizer/test/keras/unusual2_${kind}.tflite`, import.meta.url)),
      ),
    );
  const [half, whole] = [made('float16'), made('float32')];
  const facts = ({ tensors }: typeof half) => tensors.map(({ op, shape, zeros }) => [op, shape, zeros]);
  expect(facts(half)).toEqual(facts(whole));
  expect(new Set(half.tensors.map(({ dtype }) => dtype))).toEqual(new Set(['float16']));
  expect(half.totals.weightBytes).toBe(whole.totals.weightBytes / 2);
});

it('takes no starting value of a variable for a weight', real, () => {
  const { tensors, totals } = inspectModel(bytesOf(modelFile('mww_vad_v2.tflite')));
  expect(new Set(tensors.map(({ op }) => op))).toEqual(
    new Set(['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED']),
  );
  expect([tensors.length, totals.clusteredTensors]).toEqual([8, 0]);
});

it('counts what is in other subgraphs too', real, () => {
  const { ops, subgraphs } = inspectModel(bytesOf(modelFile('mww_vad_v2.tflite')));
  expect(subgraphs).toBeGreaterThan(1);
  expect(new Set(ops.map(({ subgraph }) => subgraph)).size).toBe(subgraphs);
});
