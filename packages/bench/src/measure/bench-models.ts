import { UsageError } from '@weightfold/base';
import { installRivals, type RivalEngine, RivalError, rivalEngines } from '@weightfold/rivals';
import { readTflite } from '../source.js';
import { concatInputs, type Engine, loadOurs, ourEngine, rivalEngine } from './engines.js';
import { setInputs } from './inputs.js';
import { interleave, type Latency, type Ratio } from './interleave.js';
import { peakMemory } from './memory.js';

export interface BenchOptions {
  /** Files: .tflite or .wfz. */
  models: string[];
  against?: string[];
  threads?: number;
  /** Measured runs of each engine. */
  runs?: number;
  /** .npy with the input of a model that has one; seeded noise when absent. */
  input?: string;
  onProgress?: (message: string) => void;
}

export interface BenchRow extends Latency {
  model: string;
  engine: string;
  peakRssBytes: number | null;
  arenaBytes: number | null;
  loadMs: number;
}

/** A rival that cannot run a model, and what it says. */
export interface Refusal {
  model: string;
  engine: string;
  reason: string;
}

export interface BenchResult {
  results: BenchRow[];
  ratios: (Ratio & { model: string })[];
  refused: Refusal[];
}

/**
 * Latency, memory and load time of models in our runtime and, interleaved with it, in rivals. A rival that refuses a
 * model, or fails on its first run, is told in `refused`; the others are measured.
 * @throws UsageError for an unknown rival or an input that does not fit; RivalError when a rival fails later
 */
export async function benchModels(options: BenchOptions): Promise<BenchResult> {
  const { models, against = [], onProgress = () => {} } = options;
  checkRivals(against);
  const pythonPath = against.length > 0 ? await installRivals(onProgress) : null;
  const result: BenchResult = { results: [], ratios: [], refused: [] };
  for (const model of models) {
    onProgress(`measuring ${model}`);
    await benchModel(model, options, pythonPath, result);
  }
  return result;
}

function checkRivals(names: string[]): asserts names is RivalEngine[] {
  const unknown = names.find((name) => !(rivalEngines as readonly string[]).includes(name));
  if (unknown === undefined) return;
  const expected = rivalEngines.join(', ');
  throw new UsageError(`against: expected one of ${expected} but received ${unknown}`, {
    where: 'against',
    expected,
    received: unknown,
  });
}

async function benchModel(
  file: string,
  options: BenchOptions,
  pythonPath: string | null,
  result: BenchResult,
): Promise<void> {
  const { against = [], threads = 1, runs = 200, input, onProgress = () => {} } = options;
  const { model, loadMs } = loadOurs(file, threads);
  setInputs(model, input);
  const example = concatInputs(model.inputs.map((_, i) => model.input(i)));
  const engines: Engine[] = [ourEngine(model, loadMs)];
  try {
    for (const name of against) {
      try {
        engines.push(await rivalEngine(name as RivalEngine, readTflite(file), example, pythonPath!, threads));
      } catch (error) {
        if (!(error instanceof RivalError)) throw error;
        result.refused.push({ model: file, engine: name, reason: error.message });
        onProgress(`${file}: left out ${name}, which refuses it`);
      }
    }
    const { latencies, ratios } = await interleave(engines, runs);
    for (const [i, engine] of engines.entries()) {
      result.results.push({
        model: file,
        engine: engine.name,
        ...latencies[i]!,
        peakRssBytes: i === 0 ? await peakMemory(file, threads) : await engine.peakRssBytes(),
        arenaBytes: engine.arenaBytes,
        loadMs: engine.loadMs,
      });
    }
    result.ratios.push(...ratios.map((ratio) => ({ model: file, ...ratio })));
  } finally {
    for (const engine of engines) engine.close();
  }
}
