import fs from 'node:fs';
import { UsageError } from '@weightfold/base';
import { readNpy } from '@weightfold/datasets';
import type { NativeModel } from '@weightfold/runtime-native';
import { randomInteger } from '../random.js';
import { installRivals } from '../rivals/install.js';
import type { RivalEngine } from '../rivals/python-rival.js';
import { readTflite } from '../source.js';
import { concatInputs, type Engine, loadOurs, ourEngine, rivalEngine } from './engines.js';
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

export interface BenchResult {
  results: BenchRow[];
  ratios: (Ratio & { model: string })[];
}

/** Latency, memory and load time of models in our runtime and, interleaved with it, in rivals. */
export async function benchModels(options: BenchOptions): Promise<BenchResult> {
  const { models, against = [], onProgress = () => {} } = options;
  const pythonPath = against.length > 0 ? await installRivals(onProgress) : null;
  const result: BenchResult = { results: [], ratios: [] };
  for (const model of models) {
    onProgress(`measuring ${model}`);
    await benchModel(model, options, pythonPath, result);
  }
  return result;
}

async function benchModel(
  file: string,
  options: BenchOptions,
  pythonPath: string | null,
  result: BenchResult,
): Promise<void> {
  const { against = [], threads = 1, runs = 200, input } = options;
  const { model, loadMs } = loadOurs(file, threads);
  setInputs(model, input);
  const example = concatInputs(model.inputs.map((_, i) => model.input(i)));
  const engines: Engine[] = [ourEngine(model, loadMs)];
  try {
    for (const name of against) {
      engines.push(await rivalEngine(name as RivalEngine, readTflite(file), example, pythonPath!, threads));
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

/** Fills a model's inputs from an .npy of exactly its bytes, else with seeded noise of all values. */
function setInputs(model: NativeModel, file: string | undefined): void {
  const next = randomInteger(1);
  model.inputs.forEach((info, i) => {
    const target = model.input(i);
    const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    if (file === undefined) {
      for (let at = 0; at < bytes.length; at++) bytes[at] = next(256);
      return;
    }
    const { data, dtype } = readNpy(new Uint8Array(fs.readFileSync(file)), file);
    if (data.byteLength !== bytes.length || dtype !== info.dtype) {
      throw new UsageError(
        `${file}: expected ${info.dtype} of shape [${info.shape}] but received ${dtype}, ${data.byteLength} bytes`,
        {
          where: `input ${info.name}`,
          expected: `${info.dtype} of shape [${info.shape}]`,
          received: `${dtype}, ${data.byteLength} bytes`,
        },
      );
    }
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  });
}
