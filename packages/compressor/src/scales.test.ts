import { openContainer, productBits } from '@weightfold/container';
import { bytesOf, modelFile, needing, tfmotFile } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { compress } from './compress.js';
import { decompress } from './decompress.js';
import { parseFile } from './parse.js';
import { Products } from './products.js';

const vector = (target: number, source: number, count = 4) => {
  return { kind: 'product' as const, target, source, count, factor: 0 };
};

it('keeps products whose sources are whole when they are restored', () => {
  const products = new Products(400);
  products.add(vector(0, 16));
  products.add(vector(16, 32)); // the first one would read differences
  products.add(vector(8, 64)); // half of its target is restored already
  products.add(vector(96, 104)); // overlaps itself
  products.add(vector(32, 4)); // reads what the first one restored
  products.add({ ...vector(128, 0), kind: 'range', maximum: 136, weights: 300, inner: 1, repeats: 1 });
  products.add({ ...vector(128, 0), kind: 'range', maximum: 144, weights: 300, inner: 1, repeats: 1 });
  products.add({ ...vector(160, 0), kind: 'quotient', sources: [128, 144] });
  products.add(vector(144, 200));
  expect(products.all.map(({ target }) => target)).toEqual([0, 32, 128, 160]);
});

/** Channels with a scale, and how many of those scales are nothing but zeros in the file. */
function derivedScales(file: string) {
  const model = bytesOf(file);
  const { products } = parseFile(model);
  const quotients = products.filter(({ kind }) => kind === 'quotient');
  return { model, products, channels: quotients.reduce((sum, { count }) => sum + count, 0) };
}

it.each([
  ['mlperf_vww01_mbv1_int8', 2736, 27],
  ['mlperf_kws01_dscnn_int8', 576, 9],
  ['mlperf_ic01_resnet8_int8', 336, 9],
])('all weight scales of %s follow from the ranges', needing('data'), (name, channels, ranges) => {
  const found = derivedScales(modelFile(`${name}.tflite`));
  expect(found.channels).toBe(channels);
  expect(found.products.filter(({ kind }) => kind === 'range')).toHaveLength(ranges);
  const { bytes } = compress(found.model, { level: 'fast' });
  expect(Buffer.compare(decompress(bytes), found.model)).toBe(0);
  // Of three vectors per channel one is left that is not predicted: the larger ends of the ranges.
  const { blocks } = openContainer(bytes);
  const scales = blocks.filter(({ kind }) => kind === 'scales');
  expect(scales.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(4 * channels);
});

it('differences from bias scales cost a fraction of a byte each', needing('data'), () => {
  const { model, products } = derivedScales(tfmotFile('mobilenet025_qat_int8.tflite'));
  const { report } = compress(model, { level: 'fast' });
  const targets = products.reduce((sum, { count }) => sum + count, 0);
  const differences = report.tensors.find(({ kind }) => kind === 'other')!;
  expect(differences.bytes).toBe(4 * targets);
  expect(differences.codedBytes).toBeLessThan(targets / 4);
});

it('a factor of a bias scale is its layer’s input scale', needing('data'), () => {
  const { model, products } = derivedScales(tfmotFile('dscnn_s_clustered_int8.tflite'));
  const view = new DataView(model.buffer, model.byteOffset);
  const biases = products.filter((one) => one.kind === 'product');
  expect(biases.length).toBeGreaterThan(5);
  for (const { target, source, factor } of biases)
    expect(view.getUint32(target, true)).toBe(productBits(view.getUint32(source, true), factor));
});
