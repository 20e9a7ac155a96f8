import { openContainer } from '@weightfold/container';
import { bytesOf, modelFile, needing, tfmotFile } from '@weightfold/test-support';
import { readModel } from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { compress } from './compress.js';
import { unpackTensor } from './unpack-tensor.js';

it.each([tfmotFile('dscnn_s_pcqat_int8.tflite'), modelFile('mlperf_ic01_resnet8_int8.tflite')])(
  'gives every constant of %s by name and by buffer, one at a time',
  needing('data'),
  (file) => {
    const original = bytesOf(file);
    const { bytes } = compress(original, { level: 'fast' });
    const { subgraphs, buffers } = readModel(original);
    const constants = subgraphs[0]!.tensors.filter(({ buffer }) => buffers[buffer]!.length > 0);
    expect(constants.length).toBeGreaterThan(10);
    for (const { name, buffer } of constants) {
      expect(Buffer.compare(unpackTensor(bytes, String(name)), buffers[buffer]!), `${name}`).toBe(0);
      expect(Buffer.compare(unpackTensor(bytes, buffer), buffers[buffer]!), `buffer ${buffer}`).toBe(0);
    }
  },
);

it('decodes no other tensor for one', needing('data'), () => {
  const original = bytesOf(tfmotFile('dscnn_s_pcqat_int8.tflite'));
  const damaged = compress(original, { level: 'fast' }).bytes;
  const tensors = openContainer(damaged).blocks.filter(({ kind }) => kind === 'tensor');
  const [first, second] = [tensors[0]!, tensors[1]!];
  damaged[second.codedOffset + (second.codedLength >> 1)]! ^= 255;
  const whole = openContainer(damaged);
  const buffer = readModel(original).buffers[first.id]!;
  expect(Buffer.compare(whole.tensor(first.id), buffer)).toBe(0);
  expect(() => whole.tensor(second.id)).toThrow(/at byte/);
});

it('names what is not there', needing('data'), () => {
  const { bytes } = compress(bytesOf(modelFile('tflm_hello_world_int8.tflite')), { level: 'fast' });
  expect(() => unpackTensor(bytes, 'no such layer')).toThrow('expected the name of a tensor but received');
  expect(() => unpackTensor(bytes, 9999)).toThrow('buffer 9999, which has none');
  expect(() => openContainer(bytes).tensor(9999)).toThrow('buffer 9999 has no block of its own');
});
