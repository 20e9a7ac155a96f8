import { expect, it } from 'vitest';
import type { Engine } from './engines.js';
import { soak } from './soak.js';

/** An engine whose every run takes so long, by the clock too. */
const taking = (ms: number): Engine => ({
  name: 'steady',
  version: null,
  loadMs: 0,
  firstUs: null,
  peakRssBytes: null,
  arenaBytes: null,
  close: () => {},
  time: async (samples, batch) => {
    for (const end = performance.now() + samples * batch * ms; performance.now() < end; );
    return Array.from({ length: samples }, (_, i) => (i === 1 ? 5 : 1) * ms * 1e6);
  },
});

it('soaks for as long as was asked for, also less than a window, and tells how far it is', async () => {
  const parts: number[] = [];
  const { windows, drift } = await soak(taking(1), 0.2, 1, (part) => parts.push(part));
  expect(windows).toHaveLength(1);
  expect(windows[0]!.seconds).toBeCloseTo(0.2, 0);
  expect(drift).toBe(1);
  expect(parts).toEqual([1]);
});

it('ends in time with runs that are longer than a window', async () => {
  const start = performance.now();
  const { windows } = await soak(taking(1600), 2, 1, () => {});
  expect(windows.map(({ runs }) => runs)).toEqual([1, 1]);
  expect(performance.now() - start).toBeLessThan(3_800);
});

it('counts all runs of a window and tells the slowest, but keeps a bounded number of samples', async () => {
  const { windows } = await soak(taking(0.0001), 0.5, 50, () => {});
  expect(windows[0]!.runs).toBeGreaterThan(100_000);
  expect(windows[0]).toMatchObject({ medianUs: 0.1, p95Us: 0.1, maxUs: 0.5 });
});
