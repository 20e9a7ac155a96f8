import { expect, it } from 'vitest';
import { parseConfig } from '../config.js';
import { checkInputs } from '../config-inputs.js';
import { mobileNetV1 } from '../graph/models.js';
import { leastBytes } from './least-bytes.js';

it('counts structure, channels, and weights of which 1 % have a code', () => {
  const graph = mobileNetV1({ inputShape: [28, 28, 1], classes: 10, alpha: 0.25, dropout: 0 });
  // 210,016 weights at 0.0808 bits (the entropy of 1 %), 2,746 channels at 2.6 bytes, 1,200 bytes of structure.
  expect(leastBytes(graph)).toBeCloseTo((210_016 * 0.080793) / 8 + 2_746 * 2.6 + 1200, -1);
});

it('refuses a target out of reach by the configuration alone, for known data sets', () => {
  const config = (targetBytes: number, dataset: unknown = 'fashion-mnist') =>
    parseConfig({ schemaVersion: 1, recipe: 'coded', targetBytes, dataset });
  expect(() => checkInputs(config(5_000))).toThrow(
    /^targetBytes: expected at least about 1\d{4} but received 5000$/,
  );
  expect(() => checkInputs(config(20_000))).not.toThrow();
  const own = { name: 'mine', images: '.', shape: [28, 28, 1] };
  expect(() => checkInputs(config(5_000, own))).not.toThrow();
});
