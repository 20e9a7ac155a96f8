import { readMachine } from '../context/local.js';
import { cpuNumbers, machineState } from '../context/machine.js';
import { median, quantile } from '../statistics.js';
import type { Engine } from './engines.js';
import type { Soak } from './schema.js';

type Window = Soak['windows'][number];

const mostWindows = 100;
/** Runs are made in portions of this length, between which the clock is looked at. */
const portionMs = 50;

/**
 * Runs an engine without a pause and tells its latencies in up to 100 windows of at least a second, with frequency, temperature and
 * memory of this process at the end of each: what shows when a board grows hot, or memory leaks. Samples of a window
 * are not kept.
 */
export async function soak(
  engine: Engine,
  seconds: number,
  onProgress: (message: string) => void,
): Promise<Omit<Soak, 'model'>> {
  const windowMs = Math.max(1000, (seconds * 1000) / mostWindows);
  const windows: Window[] = [];
  const start = performance.now();
  let share = 1;
  for (let windowEnd = start + windowMs; windowEnd <= start + seconds * 1000 + 1; windowEnd += windowMs) {
    const ns: number[] = [];
    do {
      const began = performance.now();
      for (const value of await engine.time(share)) ns.push(value);
      const took = performance.now() - began;
      share = Math.max(1, Math.round(share * Math.min(10, portionMs / took)));
    } while (performance.now() < windowEnd);
    windows.push(await windowOf(ns, (performance.now() - start) / 1000));
    onProgress(
      `soak: ${windows.at(-1)!.seconds.toFixed(0)} of ${seconds} s, median ${windows.at(-1)!.medianUs.toFixed(1)} µs`,
    );
  }
  const tenth = Math.max(1, Math.floor(windows.length / 10));
  const middle = (some: Window[]) => median(some.map(({ medianUs }) => medianUs));
  const drift = middle(windows.slice(-tenth)) / middle(windows.slice(0, tenth));
  return { engine: engine.name, seconds, windows, drift };
}

async function windowOf(ns: number[], seconds: number): Promise<Window> {
  const sorted = Float64Array.from(ns).sort();
  const us = (q: number) => quantile(sorted, q) / 1000;
  const { files, throttled } = await readMachine();
  const { frequencyMHz, temperatureC } = machineState(files, cpuNumbers(files), throttled);
  return {
    seconds,
    runs: ns.length,
    medianUs: us(0.5),
    p95Us: us(0.95),
    p99Us: us(0.99),
    maxUs: us(1),
    frequencyMHz,
    temperatureC,
    rssBytes: process.memoryUsage.rss(),
  };
}
