import { bytesOf, modelFile, needing, tfmotFile } from '@weightfold/test-support';
import {
  MetadataT,
  type Model,
  ModelBuilder,
  readModel,
  SignatureDefT,
  TensorMapT,
  TensorType,
  TfliteError,
  writeModel,
} from '@weightfold/tflite';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stripModel } from './strip.js';

const quantization = { scale: [0.5], zeroPoint: [3] };
const text = (value: string) => new TextEncoder().encode(value);

/** An input, an output and a constant without operators, with everything that may be left out. */
function decorated(): Model {
  const builder = new ModelBuilder('what it is for');
  const tensor = (name: string, data?: Int8Array) =>
    builder.addTensor({ name, shape: [1, 4], type: TensorType.INT8, quantization, ...(data && { data }) });
  const [x, y] = [tensor('x'), tensor('y')];
  const weights = tensor('a/rather/long/name/of/weights', Int8Array.of(1, 2, 3, 4));
  const model = builder.build([x], [y]);
  model.subgraphs[0]!.tensors[weights]!.quantization!.min = Float32Array.of(-1);
  model.subgraphs[0]!.tensors[weights]!.quantization!.max = Float32Array.of(1);
  const buffer = (value: string) => model.buffers.push(text(value)) - 1;
  buffer('nobody reads this');
  model.metadata = ['min_runtime_version', 'COMPRESSION_METADATA', 'OfflineMemoryAllocation', 'labels'].map(
    (name) => new MetadataT(name, buffer(`content of ${name}`)),
  );
  model.signatureDefs = [
    new SignatureDefT([new TensorMapT('in', x)], [new TensorMapT('out', y)], 'serving_default', 0),
  ];
  return model;
}

it('leaves out names, ranges, metadata, description and unused buffers, and nothing else', () => {
  const original = writeModel(decorated());
  const { bytes, dropped } = stripModel(original);
  const model = readModel(bytes);
  const [graph] = model.subgraphs;
  expect(graph!.tensors.map(({ name }) => name)).toEqual(['x', 'y', null]);
  expect(model.description).toBe(null);
  expect(graph!.name).toBe(null);
  expect(model.metadata.map(({ name }) => name)).toEqual(['COMPRESSION_METADATA', 'OfflineMemoryAllocation']);
  for (const { name, buffer } of model.metadata)
    expect(Buffer.from(model.buffers[buffer]!).toString()).toBe(`content of ${name}`);
  expect(model.signatureDefs).toEqual(decorated().signatureDefs);
  const { scale, zeroPoint, min, max } = graph!.tensors[2]!.quantization!;
  expect([scale, zeroPoint, min, max].map((values) => [...values])).toEqual([[0.5], [3n], [], []]);
  expect([...model.buffers[graph!.tensors[2]!.buffer]!]).toEqual([1, 2, 3, 4]);
  expect(model.buffers).toHaveLength(1 + 1 + 2);
  expect(dropped.reduce((sum, entry) => sum + entry.bytes, 0)).toBe(original.length - bytes.length);
  expect(dropped.map(({ kind }) => kind.split(' ')[0])).toEqual(
    expect.arrayContaining(['names', 'ranges', 'metadata', 'description', 'buffers']),
  );
});

it('keeps a buffer 0 that holds data where it is', () => {
  const model = decorated();
  model.buffers[0] = text('content of buffer 0');
  const { buffers, subgraphs } = readModel(stripModel(writeModel(model)).bytes);
  expect(Buffer.from(buffers[0]!).toString()).toBe('content of buffer 0');
  expect(subgraphs[0]!.tensors.map(({ buffer }) => buffer)).toEqual([0, 0, 1]);
});

it('shares equal constants, and says how many bytes that were', needing('data'), () => {
  const { dropped } = stripModel(bytesOf(modelFile('mcunetv2_large_int8.tflite')));
  expect(dropped.find(({ kind }) => kind === 'equal buffers')!.bytes).toBeGreaterThan(10_000);
});

it('refuses damaged models as the reader does, and never ends otherwise', needing('data'), () => {
  const original = bytesOf(tfmotFile('dscnn_s_pqat_int8.tflite'));
  fc.assert(
    fc.property(fc.nat(original.length - 1), fc.nat(255), (at, value) => {
      const damaged = new Uint8Array(original);
      damaged[at] = value;
      try {
        readModel(stripModel(damaged).bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(TfliteError);
      }
    }),
    { numRuns: 150, seed: 2 },
  );
  expect(() => stripModel(text('no model'))).toThrow(TfliteError);
});
