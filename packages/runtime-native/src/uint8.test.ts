import { needing } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { Model } from './index.js';
import { expectLike, layerModel } from './test-support/one-layer.js';
import { uint8Codes, uint8Layers } from './test-support/random-layers/uint8.js';

it('random operators of uint8 give the bytes of LiteRT’s reference kernels', needing('python'), () =>
  expectLike('litert-ref', uint8Layers, 20),
);

it('inputs and outputs stay uint8, and operators whose rules for it are others are refused', () => {
  const x = uint8Codes([1, 16], 0.1, 7);
  const model = Model.load(
    layerModel({ op: 'QUANTIZE', inputs: [x], output: { ...x, scale: 0.2, zero: 9 } }),
  );
  expect(model.inputs[0]).toMatchObject({ dtype: 'uint8', zeroPoint: 7 });
  expect(model.outputs[0]).toMatchObject({ dtype: 'uint8', zeroPoint: 9 });
  expect([...model.run([new Uint8Array(16).fill(107)])[0]!]).toEqual(Array.from({ length: 16 }, () => 59));
  const relu = layerModel({ op: 'RELU', inputs: [x], output: x });
  expect(() => Model.load(relu)).toThrow(
    /operator 0 \(RELU\), tensor 0 \(x0\): the operator does not take uint8/,
  );
});
