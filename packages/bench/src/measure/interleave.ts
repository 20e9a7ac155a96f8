import { median, medianInterval, quantile, ratioOfMedians } from '../statistics.js';
import type { Engine } from './engines.js';

export interface Latency {
  medianUs: number;
  p95Us: number;
  ci95Us: [number, number];
  /** False when the blocks of one engine differ so much that something else was running. */
  trusted: boolean;
}

export interface Ratio {
  engine: string;
  versus: string;
  /** How many times as fast the engine is as the other. */
  ratio: number;
  ci95: [number, number];
}

const warmUpRuns = 20;
const blocks = 10;
/** Largest coefficient of variation of block medians at which a measurement is trusted. */
const trustedVariation = 0.1;

/**
 * Times engines in alternation: ten rounds, in each of which every engine makes a block of runs, in an order that rotates. So
 * a slow spell of the machine meets all of them. Returns latencies in the order of the engines, and the ratios of all others
 * to the first.
 */
export async function interleave(
  engines: Engine[],
  runs: number,
): Promise<{ latencies: Latency[]; ratios: Ratio[] }> {
  const samples: number[][][] = engines.map(() => []);
  for (const engine of engines) await engine.time(warmUpRuns);
  const perBlock = Math.max(1, Math.ceil(runs / blocks));
  for (let round = 0; round < blocks; round++) {
    for (let i = 0; i < engines.length; i++) {
      const at = (round + i) % engines.length;
      samples[at]!.push(await engines[at]!.time(perBlock));
    }
  }
  const flat = samples.map((list) => list.flat());
  const ratios = engines.slice(1).map((engine, i) => {
    const { ratio, ci95 } = ratioOfMedians(flat[0]!, flat[i + 1]!);
    return { engine: engines[0]!.name, versus: engine.name, ratio, ci95 };
  });
  return { latencies: samples.map(latency), ratios };
}

function latency(list: number[][]): Latency {
  const ns = list.flat();
  const [low, high] = medianInterval(ns);
  const medians = list.map(median);
  const mean = medians.reduce((sum, value) => sum + value, 0) / medians.length;
  const deviation = Math.sqrt(medians.reduce((sum, value) => sum + (value - mean) ** 2, 0) / medians.length);
  return {
    medianUs: median(ns) / 1000,
    p95Us: quantile(ns, 0.95) / 1000,
    ci95Us: [low / 1000, high / 1000],
    trusted: deviation / mean < trustedVariation,
  };
}
