import { importModel, quantizeModel } from '@weightfold/optimizer';
import { Model } from '@weightfold/runtime-native';
import { modelFile, needing, noise, outputsOf, tfmotFile } from '@weightfold/test-support';
import { describe, expect, it } from 'vitest';
import { concatInputs } from '../measure/engines.js';

// What other people trained, imported, quantized by us, in our runtime: to the bytes of TensorFlow Lite Micro.
describe.each([
  'mlperf_ad01_fp32',
  'mlperf_ic01_resnet8_fp32',
  'mlperf_vww01_mbv1_float',
  'qualcomm_kws_float',
  'mlperf_kws01_float32',
])('%s', (name) => {
  it('is quantized, and runs to the bytes of TensorFlow Lite Micro', needing('data', 'python'), async () => {
    const imported = await importModel(modelFile(`${name}.tflite`));
    const { shape } = imported.graph.inputs[0]!;
    const size = shape.reduce((product, n) => product * n, 1);
    const x = Float32Array.from(noise(8 * size, 1), (byte) => byte / 127.5 - 1);
    const set = { count: 8, shape, x, xScale: 1, y: new Int32Array(8) };
    const { tflite } = quantizeModel(imported, set, { examples: 8 });
    const examples = noise(3 * size, 2);
    const [theirs] = await outputsOf('tflm', [{ model: tflite, examples }]);
    const model = Model.load(tflite);
    const ours = [0, 1, 2].map((i) => {
      model.run([new Int8Array(examples.slice(i * size, (i + 1) * size).buffer)]);
      return Buffer.from(concatInputs([model.output(0)]));
    });
    model.dispose();
    expect(Buffer.concat(ours).equals(theirs!)).toBe(true);
    expect(new Set(theirs).size).toBeGreaterThan(1);
  });
});

it('a Keras model goes the same way', needing('data', 'python'), async () => {
  const weights = tfmotFile('mobilenet025_base.weights.h5');
  const imported = await importModel(tfmotFile('mobilenet025_architecture.json'), { weights });
  expect(imported.graph.nodes.at(-1)).toMatchObject({ name: 'softmax', op: 'SOFTMAX' });
  expect(imported.graph.nodes.some(({ op }) => op === 'MUL')).toBe(false); // every batch normalization was folded
});
