import { Model, nativeInfo } from '@weightfold/runtime-native';
import { needing, noise, outputsOf } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { clusteredLayer } from './clustered-layer.js';

/** The kernel and the output for some input, by instruction set. */
function run(tflite: Uint8Array, input: Uint8Array, isa: string, threads = 1) {
  const model = Model.load(tflite, { isa, threads });
  const [output] = model.run([new Int8Array(input)]);
  const { kernel } = model.profile(1)[0]!;
  model.dispose();
  return { kernel, output: Buffer.from(output!.buffer) };
}

it('a clustered layer of 16 MiB gives the bytes of TensorFlow Lite Micro', needing('python'), async () => {
  const [inputs, outputs] = [4099, 4098];
  const model = clusteredLayer(inputs, outputs, 16);
  const examples = noise(inputs, 3);
  const [expected] = await outputsOf('tflm', [{ model, examples }]);
  for (const isa of nativeInfo().available) {
    const { kernel, output } = run(model, examples, isa);
    expect(output.equals(expected!), isa).toBe(true);
    expect(run(model, examples, isa, 2).output.equals(expected!), `${isa}, two threads`).toBe(true);
    if (isa === 'avx2') expect(kernel).toBe('avx2-clustered');
  }
});

it.skipIf(!nativeInfo().available.includes('avx2'))(
  'no 4 bits for layers with more codes, or smaller ones',
  () => {
    const kernelOf = (inputs: number, codes: number) =>
      run(clusteredLayer(inputs, 4096, codes), noise(inputs, 1), 'avx2').kernel;
    expect(kernelOf(4096, 17)).toBe('avx2');
    expect(kernelOf(2048, 16)).toBe('avx2');
  },
);
