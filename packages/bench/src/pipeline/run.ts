import fs from 'node:fs';
import path from 'node:path';
import { inTurns, sha256Hex, WeightfoldError, writeFileAtomic } from '@weightfold/base';
import { compress, compressing, decompress, zipBytes } from '@weightfold/compressor';
import { type Dataset, openDataset } from '@weightfold/datasets';
import {
  type Objective,
  objectiveOf,
  optimize,
  type ProgressEvent,
  type RunConfig,
  type StageResult,
} from '@weightfold/optimizer';
import { installRivals } from '@weightfold/rivals';
import { chooseIsa } from '@weightfold/runtime-native';
import { BenchError } from '../errors.js';
import { scoring } from './evaluate.js';
import { disagreements, type Judgement, judge, type StageLatency, stageLatency } from './judge.js';
import { measuringConditions, type Provenance, provenance } from './provenance.js';
import { brotliBytes, xzBytes } from './sizes.js';

/** What was measured on a stage's exported file. */
export interface StageMeasurements extends StageLatency {
  /** Top-1 on the whole test set in percent; null when the network has no classes. */
  accuracyInt8: number | null;
  /** Mean squared error of reconstruction on the whole test set; null for classifiers. */
  mseInt8: number | null;
  zipBytes: number;
  wfzBytes: number;
  /** The packed file, relative to the run folder. */
  wfz: string;
  xzBytes: number | null;
  brotliBytes: number;
  /** Null when there is no Python. */
  judgement: Judgement | null;
}

export type MeasuredStage = StageResult & StageMeasurements;

export interface RunResult {
  schemaVersion: 1;
  stages: MeasuredStage[];
  provenance: Provenance;
}

export interface PipelineOptions {
  config: RunConfig;
  outDir: string;
  fresh?: boolean;
  signal?: AbortSignal;
  onEvent?: (event: ProgressEvent) => void;
  /** In place of the one that the configuration names. */
  dataset?: Dataset;
}

/**
 * Trains all stages of a configuration, packs and measures each exported file, and writes result.json. Measurements of a file
 * that a stopped run of the same versions, compressor, addon, instruction set and rivals has made already on this machine are kept. Where other runtimes disagree with
 * ours on a file, that is told as a note when it is measured.
 */
export async function runPipeline(options: PipelineOptions): Promise<RunResult> {
  const { config, outDir, fresh = false, signal, onEvent } = options;
  const note = (message: string) => onEvent?.({ type: 'note', message });
  chooseIsa(); // throws now, rather than after the first stage, when nothing can be measured
  const dataset = options.dataset ?? (await openDataset(config.dataset, { onProgress: note }));
  const pythonPath = await installRivals(note).catch((error: unknown) => {
    if (!(error instanceof WeightfoldError)) throw error;
    note(`not compared with LiteRT and TensorFlow Lite Micro: ${error.message}`);
    return null;
  });
  const objective = objectiveOf(config.model);
  const measured = new Map<string, StageMeasurements>();
  const evaluate = async (stage: StageResult, tflite: Uint8Array) => {
    const key = sha256Hex(JSON.stringify([stage.sha256, measuringConditions(pythonPath)]));
    const file = path.join(outDir, path.dirname(stage.tflite), `measured-${key.slice(0, 12)}.json`);
    if (!fs.existsSync(file)) {
      const tell = (what: string) => note(`measuring ${stage.tflite}: ${what}`);
      const means = { dataset, pythonPath, objective, signal, tell };
      const measurements = await measureStage(outDir, stage, tflite, means);
      writeFileAtomic(file, `${JSON.stringify(measurements, null, 2)}\n`);
      const { judgement } = measurements;
      for (const text of judgement ? disagreements(judgement, dataset.test.count) : [])
        note(`${stage.tflite}: ${text}`);
    }
    measured.set(stage.name, JSON.parse(fs.readFileSync(file, 'utf8')) as StageMeasurements);
  };
  const stages = await optimize({
    config,
    dataset,
    outDir,
    fresh,
    evaluate,
    packedBytes: (tflite) => compress(tflite).bytes.length,
    ...(signal ? { signal } : {}),
    ...(onEvent ? { onEvent } : {}),
  });
  const result: RunResult = {
    schemaVersion: 1,
    stages: stages.map((stage) => ({ ...stage, ...measured.get(stage.name)! })),
    provenance: provenance(config, dataset, measured.get(stages.at(-1)!.name)!.judgement),
  };
  writeFileAtomic(path.join(outDir, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

/** What stages are measured with. */
interface Means {
  dataset: Dataset;
  pythonPath: string | null;
  objective: Objective;
  signal: AbortSignal | undefined;
  tell: (what: string) => void;
}

/** @throws the signal's reason soon after it is aborted */
async function measureStage(
  outDir: string,
  stage: StageResult,
  tflite: Uint8Array,
  { dataset, pythonPath, objective, signal, tell }: Means,
): Promise<StageMeasurements> {
  tell('size');
  const wfz = path.join(path.dirname(stage.tflite), 'model.wfz');
  const packed = (await inTurns(compressing(tflite), signal)).bytes;
  if (sha256Hex(decompress(packed)) !== stage.sha256)
    throw new BenchError(`${wfz} does not restore ${stage.tflite}`, { code: 'NOT_RESTORED', where: wfz });
  writeFileAtomic(path.join(outDir, wfz), packed);
  const sizes = {
    zipBytes: zipBytes(tflite),
    wfzBytes: packed.length,
    xzBytes: await xzBytes(tflite),
    brotliBytes: await brotliBytes(tflite),
  };
  tell(`${dataset.test.count} test examples`);
  const { accuracy, mse } = await inTurns(scoring(packed, dataset.test, objective), signal);
  if (pythonPath) tell('the same in LiteRT, and some in TensorFlow Lite Micro');
  const judgement = pythonPath ? await judge(tflite, dataset.test, pythonPath, { objective, signal }) : null;
  tell('time of an inference');
  return {
    accuracyInt8: accuracy,
    mseInt8: mse,
    ...sizes,
    wfz,
    judgement,
    ...(await stageLatency(tflite, dataset.test, pythonPath, signal)),
  };
}
