import { flatten, median, medianInterval, quantile, ratioOfMedians } from '../statistics.js';
import type { Engine } from './engines.js';

export interface Latency {
  medianUs: number;
  p95Us: number;
  ci95Us: [number, number];
  /** False when the rounds of one engine differ so much that something else was running. */
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
const roundCount = 20;
/** Largest coefficient of variation of the rounds' medians at which a measurement is trusted. */
const trustedVariation = 0.1;

/**
 * Times engines in alternation: 20 rounds, in each of which every engine makes its share of the runs, in an order that
 * rotates. So a slow spell of the machine meets all of them. Returns latencies in the order of the engines, and how many
 * times as fast the first is as each of the others.
 */
export async function interleave(
  engines: Engine[],
  runs: number,
): Promise<{ latencies: Latency[]; ratios: Ratio[] }> {
  const samples: number[][][] = engines.map(() => []); // by engine and round
  for (const engine of engines) await engine.time(warmUpRuns);
  const perRound = Math.ceil(runs / roundCount);
  for (let round = 0; round < roundCount; round++) {
    for (let i = 0; i < engines.length; i++) {
      const at = (round + i) % engines.length;
      samples[at]!.push(await engines[at]!.time(perRound));
    }
  }
  const ratios = engines.slice(1).map((engine, i) => {
    const { ratio, ci95 } = ratioOfMedians(samples[0]!, samples[i + 1]!);
    return { engine: engines[0]!.name, versus: engine.name, ratio, ci95 };
  });
  return { latencies: samples.map(latency), ratios };
}

function latency(rounds: number[][]): Latency {
  const ns = flatten(rounds);
  const [low, high] = medianInterval(rounds);
  const medians = rounds.map(median);
  const mean = medians.reduce((sum, value) => sum + value, 0) / medians.length;
  const deviation = Math.sqrt(medians.reduce((sum, value) => sum + (value - mean) ** 2, 0) / medians.length);
  return {
    medianUs: median(ns) / 1000,
    p95Us: quantile(ns, 0.95) / 1000,
    ci95Us: [low / 1000, high / 1000],
    trusted: deviation / mean < trustedVariation,
  };
}
