import { openContainer, wordPlaces } from '@weightfold/container';
import { bytesOf, modelFile, needing, tfmotFile } from '@weightfold/test-support';
import { readModel } from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { compress } from './compress.js';
import { layOut } from './layout.js';
import { parseFile } from './parse.js';
import { replaceReferences } from './references.js';

const markOf = (word: number): number => word >>> 24;

it.each([tfmotFile('dscnn_s_pcqat_int8.tflite'), modelFile('mww_alexa_v2.tflite')])(
  'finds the tables of %s, and all that its vectors list',
  needing('data'),
  (file) => {
    const model = bytesOf(file);
    const { subgraphs, buffers } = readModel(model);
    const listed = subgraphs.flatMap(({ tensors, operators }) => [tensors.length, operators.length]);
    // Vectors of one or two are left as they are.
    const least = [...listed, buffers.length].filter((count) => count > 2).reduce((a, b) => a + b);
    const data = new Uint8Array(model);
    const spans = layOut(data, parseFile(data)).spans.filter(({ block }) => block === 0);
    const mark = replaceReferences(data, spans);
    expect(mark).toBeGreaterThan(0);
    const view = new DataView(data.buffer);
    const words = [...wordPlaces(spans)].map((place) => view.getUint32(place, true));
    expect(words.filter((word) => markOf(word) === mark + 1).length).toBeGreaterThanOrEqual(least);
    // Every tensor has a table of its own and one of its quantization.
    expect(words.filter((word) => markOf(word) === mark).length).toBeGreaterThan(least);
  },
);

it('has them in files for large machines, not for microcontrollers', needing('data'), () => {
  const model = bytesOf(modelFile('tflm_hello_world_int8.tflite'));
  expect(openContainer(compress(model).bytes).references).toBe(0x80);
  expect(openContainer(compress(model, { target: 'mcu' }).bytes).references).toBe(0);
});
