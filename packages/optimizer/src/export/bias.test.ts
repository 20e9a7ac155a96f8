import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DenseNode } from '../graph/graph.js';
import { quantizeBias } from './bias.js';

const rows = 6;
const channels = 3;
const node: DenseNode = {
  op: 'FULLY_CONNECTED',
  name: 'fc',
  inputs: ['input'],
  inputUnits: rows,
  units: channels,
  batchNorm: null,
  activation: 'NONE',
};
const layerOf = (codes: number[], scales: number[], bias: number[]) => ({
  node,
  codes: Int8Array.from(codes),
  scales: Float32Array.from(scales),
  bias: Float32Array.from(bias),
});
const codesOf = (values: number[]) => fc.array(fc.constantFrom(...values), { minLength: 18, maxLength: 18 });
const bias = fc.array(fc.constantFrom(0, 1e-3, -0.7, 3, -2000, 1e6), { minLength: 3, maxLength: 3 });
const scale = fc.constantFrom(1e-12, 1e-9, 1e-5, 0.01);

describe.each([false, true])('quantizeBias, one scale for the layer: %s', (perTensor) => {
  const scales = perTensor ? scale.map((s) => [s, s, s]) : fc.array(scale, { minLength: 3, maxLength: 3 });

  it('gives every bias to half a step, whatever its size, and no code that the layer has not', () => {
    fc.assert(
      fc.property(
        codesOf([-127, -40, 0, 5, 90]),
        scales,
        bias,
        fc.constantFrom(1e-6, 0.02, 3),
        (c, s, b, input) => {
          const layer = layerOf(c, s, b);
          const found = quantizeBias(layer, { inputScale: input, outputScale: 1, perTensor });
          expect(found.scales.length).toBe(perTensor ? 1 : channels);
          b.forEach((value, channel) => {
            const step = Math.fround(found.scales[perTensor ? 0 : channel]! * input);
            const error = Math.abs(found.bias[channel]! * step - Math.fround(value));
            expect(error).toBeLessThanOrEqual(0.5001 * step + 1e-6 * Math.abs(value));
          });
          for (const code of found.codes) expect(c).toContain(code);
          c.forEach((code, i) => {
            if (code === 0) expect(found.codes[i]).toBe(0);
          });
        },
      ),
    );
  });

  it('leaves codes and scales alone where all biases fit', () => {
    const layer = layerOf([...Array(18).keys()], [0.01, 0.01, 0.01], [1, -2, 0.5]);
    const found = quantizeBias(layer, { inputScale: 0.02, outputScale: 1, perTensor });
    expect(found.codes).toEqual(layer.codes);
    expect([...found.scales]).toEqual([...layer.scales].slice(0, perTensor ? 1 : 3));
    expect([...found.bias]).toEqual([5000, -10000, 2500]);
  });
});
