import { expectHardware } from '@weightfold/base';
import { readMachine } from '../context/local.js';
import { cpuNumbers, machineState } from '../context/machine.js';
import { median, quantile } from '../statistics.js';
import type { Engine } from './engines.js';
import { thinned } from './sampling.js';
import type { Soak } from './schema.js';

type Window = Soak['windows'][number];

const mostWindows = 100;
/** Runs are made in portions of this length, between which the clock is looked at. */
const portionMs = 50;
/** Of a window: all samples of a long one would themselves be the growth of memory that is looked for. */
const mostSamples = 40_000;

/**
 * Runs an engine without a pause and tells its latencies in up to 100 windows of at least a second, with frequency, temperature and
 * memory of this process at the end of each: what shows when a board grows hot, or memory leaks. Samples of a window
 * are not kept, and its quantiles are of some 40,000 of them, evenly spaced.
 * @param batch inferences in a row that one sample is the mean of
 * @param onPart called with the part that is done
 * @throws WeightfoldError EMULATED on an emulator
 */
export async function soak(
  engine: Engine,
  seconds: number,
  batch: number,
  onPart: (part: number) => void,
): Promise<Omit<Soak, 'model'>> {
  expectHardware();
  const ms = seconds * 1000;
  const windowMs = ms / windowsFor(seconds);
  const kept = Math.ceil(mostSamples / (windowMs / portionMs));
  const windows: Window[] = [];
  const start = performance.now();
  let share = 1;
  const elapsedMs = () => performance.now() - start;
  while (elapsedMs() < ms) {
    // Windows keep to a grid: a run that outlasts its window takes the next one's place.
    const windowEnd = windowMs * (Math.floor(elapsedMs() / windowMs) + 1);
    const taken: Taken = { ns: [], runs: 0, maxNs: 0 };
    do {
      const began = performance.now();
      add(taken, await engine.time(share, batch), batch, kept);
      const took = performance.now() - began;
      share = Math.max(1, Math.round(share * Math.min(10, portionMs / took)));
    } while (elapsedMs() < windowEnd);
    windows.push(await windowOf(taken, elapsedMs() / 1000));
    onPart(Math.min(1, elapsedMs() / ms));
  }
  return { engine: engine.name, seconds, windows, drift: driftOf(windows) };
}

/** How many windows a soak has: up to 100, of at least a second. */
export const windowsFor = (seconds: number): number =>
  Math.max(1, Math.min(mostWindows, Math.floor(seconds)));

/** Median of the last tenth of the windows as a part of that of the first. */
export function driftOf(windows: readonly Window[]): number {
  const tenth = Math.max(1, Math.floor(windows.length / 10));
  const middle = (some: readonly Window[]) => median(some.map(({ medianUs }) => medianUs));
  return middle(windows.slice(-tenth)) / middle(windows.slice(0, tenth));
}

/** Of the samples of a window, in nanoseconds. */
export function quantilesOf(ns: readonly number[]): Pick<Window, 'medianUs' | 'p95Us' | 'p99Us'> {
  const sorted = Float64Array.from(ns).sort();
  const us = (q: number) => quantile(sorted, q) / 1000;
  return { medianUs: us(0.5), p95Us: us(0.95), p99Us: us(0.99) };
}

/** What a window has taken so far. */
interface Taken {
  ns: number[];
  runs: number;
  maxNs: number;
}

function add(taken: Taken, ns: number[], batch: number, kept: number): void {
  taken.ns.push(...thinned(ns, kept));
  taken.runs += ns.length * batch;
  taken.maxNs = ns.reduce((most, value) => Math.max(most, value), taken.maxNs);
}

async function windowOf({ ns, runs, maxNs }: Taken, seconds: number): Promise<Window> {
  const { files, throttled } = await readMachine();
  const { frequencyMHz, temperatureC } = machineState(files, cpuNumbers(files), throttled);
  return {
    seconds,
    runs,
    ...quantilesOf(ns),
    maxUs: maxNs / 1000,
    frequencyMHz,
    temperatureC,
    rssBytes: process.memoryUsage.rss(),
  };
}
