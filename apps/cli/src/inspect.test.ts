import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { itOnData, json, scratch, shared, sharedModel, weightfold } from '../test/launch.js';

interface Layer {
  op: string;
  shape: number[];
  type: string;
  zeros: number;
  unique: number;
  n: number;
}

interface Entry {
  name: string;
  bytes: number;
  ops: Record<string, number>;
  layers: Layer[];
}

// MANIFEST.json was made by an independent program from the files themselves (decisions.md 14).
const manifest = (): Entry[] =>
  JSON.parse(fs.readFileSync(path.join(shared, 'models/MANIFEST.json'), 'utf8'));

itOnData.each([
  ['mlperf_kws01_dscnn_int8'],
  ['mlperf_vww01_mbv1_int8'],
  ['tflm_person_detect_int8'],
  ['coral_mobilenet_v1_0.25_128_u8'],
  ['mlperf_ic01_resnet8_fp32'],
])('inspect %s agrees with MANIFEST.json', (name) => {
  const entry = manifest().find((model) => model.name === name)!;
  const { status, document } = json(['inspect', sharedModel(name)]);
  expect(status).toBe(0);
  expect(document).toMatchObject({ schemaVersion: 1, command: 'inspect', bytes: entry.bytes });
  expect(document.macs).toBeGreaterThan(0);
  expect(countOps(document.ops)).toEqual(entry.ops);
  const kernels = document.tensors.filter((tensor: { op: string }) =>
    /CONV_2D|FULLY_CONNECTED/.test(tensor.op),
  );
  expect(kernels.map(figures)).toEqual(entry.layers.map(expected));
});

function countOps(ops: { op: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { op } of ops) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

/** The manifest has four decimals of the zeros. */
function figures(tensor: Record<string, unknown>) {
  const { op, shape, dtype, elements, zeroFraction, distinct } = tensor;
  return { op, shape, dtype, elements, distinct, zeros: (zeroFraction as number).toFixed(4) };
}

function expected({ op, shape, type, n, unique, zeros }: Layer) {
  return { op, shape, dtype: type.toLowerCase(), elements: n, distinct: unique, zeros: zeros.toFixed(4) };
}

itOnData('shows the same weights for a .wfz as for the .tflite inside', () => {
  const model = sharedModel('mlperf_kws01_dscnn_int8');
  const wfz = path.join(scratch(), 'model.wfz');
  weightfold(['compress', model, '-o', wfz, '--level', 'fast']);
  const [plain, packed] = [json(['inspect', model]).document, json(['inspect', wfz]).document];
  expect(packed.tensors).toEqual(plain.tensors);
  expect(packed.ops).toEqual(plain.ops);
});

itOnData('has a table for people', () => {
  const { status, stdout } = weightfold(['inspect', sharedModel('mlperf_kws01_dscnn_int8')]);
  expect(status).toBe(0);
  for (const part of ['53,936', 'CONV_2D', 'DEPTHWISE_CONV_2D', 'zeros', 'codes', 'arena'])
    expect(stdout).toContain(part);
});

itOnData('diff says of unrelated networks that they are, and names the file that is no model', () => {
  const [a, b] = [sharedModel('mlperf_kws01_dscnn_int8'), sharedModel('tflm_hello_world_int8')];
  expect(weightfold(['diff', a, b]).stdout).toContain(
    'verdict   different networks: no weights could be paired\n',
  );
  const empty = path.join(scratch(), 'empty.tflite');
  fs.writeFileSync(empty, '');
  const { status, document } = json(['diff', a, empty]);
  expect(status).toBe(1);
  expect(document.error.message).toMatch(/empty\.tflite: not a \.tflite file: .* received an empty file$/);
});

itOnData('refuses a damaged model with exit code 1 and says where', () => {
  const bad = path.join(scratch(), 'bad.tflite');
  fs.writeFileSync(bad, fs.readFileSync(sharedModel('mlperf_kws01_dscnn_int8')).subarray(0, 20_000));
  const { status, document } = json(['inspect', bad]);
  expect(status).toBe(1);
  expect(document.error.where).toMatch(/\d/);
});
