import fs from 'node:fs';
import path from 'node:path';
import { readNpy } from '@weightfold/datasets';
import { data, needing, noise, outputsOf, readNpz, realModels } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { Model } from './index.js';
import { addon } from './native/addon.js';
import { inputBytes, runOurs } from './test-support/run.js';

// The law: equal to TensorFlow Lite Micro in every output byte, on every instruction set (docs/design/rounding.md).
const isas = addon().availableIsas();
const golden = realModels.filter(
  (file) => file.endsWith('_int8.tflite') && fs.existsSync(path.join(data, goldenFile(file))),
);

/** What lacks a kernel, and why. A model that is not here must run: losing support fails. */
const unsupported: [RegExp, RegExp][] = [[/fp32|float|dynrange/, /received float32/]];

function goldenFile(file: string): string {
  return file.replace('_int8.tflite', '_golden.npz');
}

function read(file: string): Uint8Array {
  return new Uint8Array(fs.readFileSync(path.join(data, file)));
}

const reason = (file: string) => unsupported.find(([pattern]) => pattern.test(file))?.[1];
const real = needing('data', 'python');
const supported = realModels.filter((file) => !reason(file));

/** TensorFlow Lite Micro has no uint8: there LiteRT's reference kernels are the law. */
const judge = (file: string) => (/_u8\.|micro_speech/.test(file) ? 'litert-ref' : 'tflm');

it('there are at least 24 models that run', real, () => expect(supported.length).toBeGreaterThanOrEqual(24));

it.each(realModels.filter(reason))('%s: names the op, the tensor and what is missing', (file) => {
  expect(() => Model.load(read(file))).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED',
      exitCode: 4,
      message: expect.stringMatching(reason(file)!),
      where: expect.stringMatching(/^operator \d+ \([A-Z_0-9]+\)/),
    }),
  );
});

/** Our outputs on one instruction set. */
function ours(
  { model, examples }: { model: Uint8Array; examples: Uint8Array },
  isa: string,
  rounding: 'tflm' | 'litert-ref',
): Buffer {
  const loaded = Model.load(model, { isa, rounding });
  const outputs = runOurs(loaded, examples);
  loaded.dispose();
  return outputs;
}

it.each(['tflm', 'litert-ref'] as const)('real models give the bytes of %s on noise', async (engine) => {
  const judged = supported.filter((file) => judge(file) === engine);
  const cases = judged.map((file) => {
    const model = Model.load(read(file));
    // The largest network runs for seconds in reference kernels.
    const examples = noise((model.arenaBytes > 1 << 20 ? 1 : 5) * inputBytes(model), 7);
    model.dispose();
    return { model: read(file), examples };
  });
  const theirs = await outputsOf(engine, cases);
  for (const [i, file] of judged.entries()) {
    for (const isa of isas) {
      expect.soft(Buffer.compare(ours(cases[i]!, isa, 'tflm'), theirs[i]!), `${file}, ${isa}`).toBe(0);
    }
  }
});

// Inputs from the test sets, and what LiteRT's reference kernels gave for them when the files were made.
it(
  'real inputs give the golden outputs in mode litert-ref, and those of TensorFlow Lite Micro',
  real,
  async () => {
    expect(golden.length).toBeGreaterThanOrEqual(17);
    const arrays = golden.map((file) => readNpz(path.join(data, goldenFile(file))));
    const values = (npy: Uint8Array) => new Uint8Array((readNpy(npy).data as Int8Array).slice().buffer);
    const inputs = arrays.map((entries) => values(entries.input_int8!));
    const references = arrays.map((entries) => values(entries.out_ref!));
    const cases = golden.map((file, i) => ({ model: read(file), examples: inputs[i]! }));
    const some = cases.map(({ model, examples }) => ({
      model,
      examples: examples.subarray(0, examples.length / 10),
    }));
    const micro = await outputsOf('tflm', some);
    for (const [i, file] of golden.entries()) {
      for (const isa of isas) {
        const label = `${file}, ${isa}`;
        expect.soft(Buffer.compare(ours(cases[i]!, isa, 'litert-ref'), references[i]!), label).toBe(0);
        expect.soft(Buffer.compare(ours(some[i]!, isa, 'tflm'), micro[i]!), label).toBe(0);
      }
    }
  },
);
