import path from 'node:path';
import { stripModel } from '@weightfold/compressor';
import {
  bytesOf,
  data,
  modelFile,
  needing,
  noise,
  outputsOf,
  python,
  realModels,
  tfmotFile,
} from '@weightfold/test-support';
import { readModel } from '@weightfold/tflite';
import { describe, expect, it } from 'vitest';
import { stripProven } from './strip.js';

const haveData = !needing('data').skip;
/** Without the largest, Coral's. */
const models = realModels.filter((file) => !file.includes('coral'));

/** Run by LiteRT alone: networks of real numbers. */
const byLiteRT = ['mlperf_ad01_fp32', 'mlperf_kws01_float32'];

describe.runIf(haveData)('every model gives the same output bits without what is stripped', () => {
  it.each(models)('%s', async (file) => {
    const original = bytesOf(path.join(data, file));
    const { bytes, dropped, proof, unproven } = await stripProven(original, { pythonPath: null });
    expect(bytes.length).toBeLessThan(original.length);
    expect(dropped.reduce((sum, entry) => sum + entry.bytes, 0)).toBe(original.length - bytes.length);
    if (proof) expect(proof).toMatchObject({ engine: 'weightfold', examples: 8 });
    else expect(unproven).toMatch(/LiteRT: it is not installed$/);
    expectInterfaceKept(original, bytes);
  });
});

describe('models that our runtime does not run, in LiteRT', () => {
  it.each(byLiteRT)('%s', needing('data', 'python'), async (name) => {
    const { proof } = await stripProven(bytesOf(modelFile(`${name}.tflite`)), { pythonPath: python });
    expect(proof).toMatchObject({ engine: 'litert', examples: 8 });
    expect(proof!.outputBytes).toBeGreaterThan(0);
  });
});

it.each(['litert', 'tflm'] as const)(
  '%s loads stripped models and gives the same outputs',
  needing('data', 'python'),
  async (engine) => {
    const files = [modelFile('mlperf_kws01_dscnn_int8.tflite'), tfmotFile('dscnn_s_pcqat_int8.tflite')];
    for (const original of files.map(bytesOf)) {
      const examples = ([input]: { bytes: number }[]) => noise(4 * input!.bytes, 5);
      const cases = [original, stripModel(original).bytes].map((model) => ({ model, examples }));
      const [before, after] = await outputsOf(engine, cases);
      expect(before!.length).toBeGreaterThanOrEqual(40);
      expect(after!.equals(before!)).toBe(true);
    }
  },
);

/** What callers find inputs and outputs by. */
function expectInterfaceKept(before: Uint8Array, after: Uint8Array): void {
  const [a, b] = [readModel(before), readModel(after)];
  expect(b.signatureDefs).toEqual(a.signatureDefs);
  expect(b.subgraphs).toHaveLength(a.subgraphs.length);
  const [graph, stripped] = [a.subgraphs[0]!, b.subgraphs[0]!];
  expect([stripped.inputs, stripped.outputs]).toEqual([graph.inputs, graph.outputs]);
  for (const index of [...graph.inputs, ...graph.outputs])
    expect(stripped.tensors[index]!.name).toBe(graph.tensors[index]!.name);
  graph.tensors.forEach((tensor, t) => {
    const { quantization } = stripped.tensors[t]!;
    if (tensor.quantization?.scale.length) {
      expect(quantization!.scale).toEqual(tensor.quantization.scale);
      expect(quantization!.zeroPoint).toEqual(tensor.quantization.zeroPoint);
    }
  });
}

it('gives the same stripped model again when it is stripped again', needing('data'), () => {
  const once = stripModel(bytesOf(tfmotFile('dscnn_s_pcqat_int8.tflite'))).bytes;
  expect(stripModel(once)).toEqual({ bytes: once, dropped: [] });
});
