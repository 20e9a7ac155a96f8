import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Hex } from '@weightfold/base';
import { describe, expect, it } from 'vitest';
import { countMacs, type Model, readModel, tensorData, weightStatistics, writeModel } from './index.js';

// Real networks of other people. MANIFEST.json beside them was made with the flatbuffers module of TensorFlow, not with this code.
const data =
  process.env.WEIGHTFOLD_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const present = fs.existsSync(path.join(data, 'models/MANIFEST.json'));
if (!present && !process.env.CI) console.warn(`skipped: no real models in ${data}`);

interface Entry {
  file: string;
  n_ops: number;
  layers: { op: string; shape: number[]; zeros: number; unique: number; n: number }[];
}

const folders = ['models', 'tfmot'];
const files = present
  ? folders.flatMap((folder) =>
      fs
        .readdirSync(path.join(data, folder))
        .filter((file) => file.endsWith('.tflite'))
        .map((file) => path.join(folder, file)),
    )
  : [];

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

it('finds the real models', { skip: !present && !process.env.CI }, () => {
  expect(files.length).toBeGreaterThan(40);
});

describe.each(files)('%s', (file) => {
  const bytes = new Uint8Array(fs.readFileSync(path.join(data, file)));

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

const manifest: Entry[] = present
  ? JSON.parse(fs.readFileSync(path.join(data, 'models/MANIFEST.json'), 'utf8'))
  : [];

describe.each(manifest)('statistics of $file', ({ file, layers, n_ops }) => {
  it('agree with the manifest for every layer', () => {
    const model = readModel(new Uint8Array(fs.readFileSync(path.join(data, 'models', file))));
    expect(model.subgraphs.reduce((sum, graph) => sum + graph.operators.length, 0)).toBe(n_ops);
    const ours = weightStatistics(model).filter((s) =>
      ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'TRANSPOSE_CONV'].includes(s.op),
    );
    const theirs = layers.filter((l) =>
      ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'TRANSPOSE_CONV'].includes(l.op),
    );
    expect(ours.map((s) => [s.op, s.shape, s.elements, s.distinct])).toEqual(
      theirs.map((l) => [l.op, l.shape, l.n, l.unique]),
    );
    const apart = ours.map((s, i) => Math.abs(s.zeroFraction - theirs[i]!.zeros));
    expect(Math.max(0, ...apart)).toBeLessThan(0.00006); // the manifest rounds to four decimals
    expect(countMacs(model).perOp.length).toBe(model.subgraphs[0]!.operators.length);
  });
});
