import fs from 'node:fs';
import path from 'node:path';
import { sha256Hex } from '@weightfold/base';
import { bytesOf, data, modelFile, needing, realModels } from '@weightfold/test-support';
import { describe, expect, it } from 'vitest';
import { type Model, readModel, tensorData, weightStatistics, writeModel } from './index.js';

// MANIFEST.json beside the models was made with the flatbuffers module of TensorFlow, not with this code.
interface Entry {
  file: string;
  n_ops: number;
  layers: { op: string; shape: number[]; type: string; zeros: number; unique: number; n: number }[];
}

const hash = (bytes: Uint8Array | null) => (bytes === null ? null : sha256Hex(bytes));

/** The model with data in place of buffer numbers, because writing may merge equal buffers. */
function content(model: Model) {
  const { buffers, subgraphs, metadata, operatorCodes, ...rest } = model;
  return {
    ...rest,
    operatorCodes: operatorCodes.map((code) => ({
      ...code,
      builtinCode: Math.max(code.builtinCode, code.deprecatedBuiltinCode),
    })),
    metadata: metadata.map((entry) => ({ ...entry, buffer: hash(buffers[entry.buffer]!) })),
    subgraphs: subgraphs.map((graph) => ({
      ...graph,
      tensors: graph.tensors.map((tensor) => ({ ...tensor, buffer: hash(tensorData(model, tensor)) })),
    })),
    metadataBuffer: [],
  };
}

it('finds the real models', needing('data'), () => {
  expect(realModels.length).toBeGreaterThan(40);
});

describe.each(realModels)('%s', (file) => {
  const bytes = bytesOf(path.join(data, file));

  it('is read, written and read again without loss; writing is deterministic', () => {
    const model = readModel(bytes);
    const written = writeModel(model);
    expect(Buffer.compare(written, writeModel(model))).toBe(0);
    expect(content(readModel(written))).toEqual(content(model));
    const misaligned = readModel(written).buffers.filter(
      (b) => b.length > 0 && (b.byteOffset - written.byteOffset) % 16 !== 0,
    );
    expect(misaligned).toEqual([]);
  });

  it('cut short anywhere is refused', () => {
    for (let part = 0; part < 8; part++) {
      expect(() => readModel(bytes.subarray(0, Math.floor((bytes.length * part) / 8)))).toThrow(/tflite/);
    }
  });
});

const manifest: Entry[] = needing('data').skip
  ? []
  : JSON.parse(fs.readFileSync(modelFile('MANIFEST.json'), 'utf8'));

it('has a manifest of every model beside it', needing('data'), () => {
  const files = realModels.filter((file) => file.startsWith(`models${path.sep}`));
  expect(manifest.map(({ file }) => file).sort()).toEqual(files.map((file) => path.basename(file)));
  expect(files.length).toBe(26);
});

describe.each(manifest)('statistics of $file', ({ file, layers, n_ops }) => {
  it('agree with the manifest for every layer', () => {
    const model = readModel(bytesOf(modelFile(file)));
    expect(model.subgraphs.reduce((sum, graph) => sum + graph.operators.length, 0)).toBe(n_ops);
    const ours = model.subgraphs.flatMap((_, subgraph) => weightStatistics(model, subgraph));
    expect(ours.map((s) => [s.op, s.shape, s.dtype, s.elements, s.distinct])).toEqual(
      layers.map((l) => [l.op, l.shape, l.type.toLowerCase(), l.n, l.unique]),
    );
    const apart = ours.map((s, i) => Math.abs(s.zeroFraction - layers[i]!.zeros));
    expect(Math.max(0, ...apart)).toBeLessThan(0.00006); // the manifest rounds to four decimals
  });
});
