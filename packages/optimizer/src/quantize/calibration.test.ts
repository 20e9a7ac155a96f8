import path from 'node:path';
import { loadDataset } from '@weightfold/datasets';
import { data, needing } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { importModel } from '../import/import.js';
import { chooseRange } from './calibration.js';
import { bins, type Histogram, smoothed } from './histogram.js';
import { quantizeModel } from './quantize.js';

/** A million values ≥ 0 of an even fall to the upper end, a half of them 0, and some values that come often. */
function rectified(often: { bin: number; count: number }[]): Histogram {
  const counts = Float64Array.from({ length: bins }, (_, bin) =>
    Math.round(1e6 * (Math.exp((-6 * bin) / bins) - Math.exp((-6 * (bin + 1)) / bins))),
  );
  counts[0]! += 1e6;
  for (const { bin, count } of often) counts[bin]! += count;
  return { min: 0, max: 4, counts };
}

it('keeps nearly the whole range by kl, be there values that come often or not', () => {
  const often = [37, 90, 201, 303, 420].map((bin) => ({ bin, count: 1e5 }));
  for (const histogram of [rectified([]), rectified(often)]) {
    const { min, max } = chooseRange(histogram, { method: 'kl' });
    expect(min).toBe(0);
    expect(max).toBeGreaterThan(0.85 * 4);
  }
});

it('leaves out what lies far from all others by kl', () => {
  const histogram = rectified([]);
  histogram.max = 40; // the same values and ten times as much range, one value at its end
  histogram.counts = Float64Array.from(histogram.counts, (_, bin) =>
    bin < bins / 10 ? histogram.counts.slice(10 * bin, 10 * bin + 10).reduce((sum, n) => sum + n, 0) : 0,
  );
  histogram.counts[bins - 1] = 1;
  const { max } = chooseRange(histogram, { method: 'kl' });
  expect(max).toBeGreaterThan(3);
  expect(max).toBeLessThan(8);
});

it('smooths and keeps the sum, at the ends as well', () => {
  const counts = new Float64Array(8);
  counts[0] = 4;
  counts[7] = 8;
  expect([...smoothed(counts, 2)]).toEqual([3, 1, 0, 0, 0, 0, 2, 6]);
});

it('by kl, no layer of MobileNet loses much by itself', needing('data'), async () => {
  const file = (name: string) => path.join(data, 'tfmot', name);
  const model = await importModel(file('mobilenet025_architecture.json'), {
    weights: file('mobilenet025_base.weights.h5'),
  });
  const { train } = await loadDataset('fashion-mnist');
  const { layers } = quantizeModel(model, train, { calibration: { method: 'kl' }, examples: 30 });
  for (const { name, ownSqnr } of layers) expect(ownSqnr, name).toBeGreaterThan(25);
});
