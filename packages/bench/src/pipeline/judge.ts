import { emulatedHere, inTurns } from '@weightfold/base';
import { exampleSize, type Split } from '@weightfold/datasets';
import type { Objective } from '@weightfold/optimizer';
import { PythonRival } from '@weightfold/rivals';
import { Model } from '@weightfold/runtime-native';
import { concatInputs, type Engine, rivalEngine, timedModels } from '../measure/engines.js';
import { interleave } from '../measure/interleave.js';
import { latencyOf } from '../measure/summarize.js';
import { type Scores, scorerOf, scoring } from './evaluate.js';
import { modelInputs } from './inputs.js';

/** What other runtimes say to a model. */
export interface Judgement {
  /** Top-1 of LiteRT (XNNPACK) in percent over the same examples; null when the model has no classes. */
  litertAccuracy: number | null;
  /** Top-1 of ours in percent with XNNPACK's rounding (`single`), which LiteRT's is to be compared with. */
  singleAccuracy: number | null;
  /** Mean squared errors of reconstruction, likewise; null for classifiers. */
  litertMse: number | null;
  singleMse: number | null;
  /** Examples on which TensorFlow Lite Micro's output bytes equal ours, of `tflmCompared`. */
  tflmEqual: number;
  tflmCompared: number;
  /** Versions of the Python packages that judged. */
  versions: Record<string, string>;
}

const compared = 100;
/** Examples that a rival gets at once: it does not hear of an abort before it has answered. */
const batch = { litert: 500, tflm: 10 };
/** Largest difference of accuracies, both rounding once by a float scale: in points, or in examples of a small test set. */
const accepted = { points: 0.1, examples: 2 };
/** Largest difference of mean squared errors, as a part of the larger one. */
const acceptedErrorPart = 0.01;

/**
 * In what our runtime and the others disagree on a model, as sentences; none is what must be.
 * @param samples examples that accuracies are of
 */
export function disagreements(judgement: Judgement, samples: number): string[] {
  const { litertAccuracy, singleAccuracy, litertMse, singleMse, tflmEqual, tflmCompared } = judgement;
  const found: string[] = [];
  const differ = (a: number | null, b: number | null, most: (a: number, b: number) => number) =>
    a !== null && b !== null && Math.abs(a - b) > most(a, b);
  if (differ(litertMse, singleMse, (a, b) => acceptedErrorPart * Math.max(a, b))) {
    const both = `${litertMse} in LiteRT and ${singleMse} in ours (single rounding)`;
    found.push(`mean squared error is ${both}: expected at most 1 % between them`);
  }
  const points = Math.max(accepted.points, (100 * accepted.examples) / samples);
  if (differ(litertAccuracy, singleAccuracy, () => points + 1e-9)) {
    const both = `${litertAccuracy!.toFixed(2)} % in LiteRT and ${singleAccuracy!.toFixed(2)} % in ours (single rounding)`;
    const worth = worthOfGap(litertAccuracy!, singleAccuracy!, samples);
    found.push(`accuracy is ${both}: expected at most ${points.toFixed(2)} points between them. ${worth}`);
  }
  if (tflmEqual < tflmCompared) {
    found.push(
      `TensorFlow Lite Micro gives our output bytes on ${tflmEqual} of ${tflmCompared} examples only`,
    );
  }
  return found;
}

/** Whether a difference of accuracies is to worry about: from twice the standard error of so many examples on. */
function worthOfGap(litert: number, ours: number, samples: number): string {
  const mean = (litert + ours) / 2;
  const matters = 2 * Math.sqrt((mean * (100 - mean)) / samples);
  const from = `${matters.toFixed(2)} points, twice the standard error of ${samples} examples`;
  return Math.abs(litert - ours) < matters
    ? `No matter: the two round some operators differently, which turns examples between nearly equal classes. It would matter from ${from}, on`
    : `It matters, being more than ${from}: where the model is to run in LiteRT, go by its accuracy there`;
}

interface JudgeOptions {
  objective?: Objective;
  signal?: AbortSignal | undefined;
}

/**
 * Runs a model in LiteRT over a whole split, and in TensorFlow Lite Micro on 100 examples beside ours.
 * @throws the signal's reason soon after it is aborted
 */
export async function judge(
  tflite: Uint8Array,
  split: Split,
  pythonPath: string,
  { objective = 'classification', signal }: JudgeOptions = {},
): Promise<Judgement> {
  const ours = Model.load(tflite);
  try {
    const inputs = modelInputs(split, ours.inputs[0]!, split.count);
    const litert = await scoresIn(tflite, split, inputs, ours, pythonPath, objective, signal);
    const single = await inTurns(scoring(tflite, split, objective, { rounding: 'single' }), signal);
    const first = inputs.subarray(0, compared * exampleSize(split));
    const tflm = await equalToMicro(tflite, first, ours, pythonPath, signal);
    return {
      litertAccuracy: litert.accuracy,
      singleAccuracy: single.accuracy,
      litertMse: litert.mse,
      singleMse: single.mse,
      tflmEqual: tflm.equal,
      tflmCompared: Math.min(compared, split.count),
      versions: { ...litert.versions, ...tflm.versions },
    };
  } finally {
    ours.dispose();
  }
}

async function scoresIn(
  tflite: Uint8Array,
  split: Split,
  inputs: ReturnType<typeof modelInputs>,
  ours: Model,
  pythonPath: string,
  objective: Objective,
  signal: AbortSignal | undefined,
): Promise<Scores & { versions: Record<string, string> }> {
  const rival = PythonRival.start('litert', { pythonPath });
  const size = exampleSize(split);
  const outputSize = ours.output(0).length;
  const scorer = scorerOf(objective, split, ours);
  try {
    const { versions } = await rival.load(tflite);
    for (let at = 0; at < split.count; at += batch.litert) {
      signal?.throwIfAborted();
      const n = Math.min(batch.litert, split.count - at);
      const bytes = await rival.invoke(concatInputs([inputs.subarray(at * size, (at + n) * size)]), n);
      const outputs = ours.output(0) instanceof Int8Array ? new Int8Array(bytes) : bytes;
      for (let i = 0; i < n; i++) {
        scorer.add(at + i, outputs.subarray(i * outputSize, (i + 1) * outputSize));
      }
    }
    return { ...scorer.scores(), versions };
  } finally {
    rival.close();
  }
}

async function equalToMicro(
  tflite: Uint8Array,
  inputs: ReturnType<typeof modelInputs>,
  ours: Model,
  pythonPath: string,
  signal: AbortSignal | undefined,
): Promise<{ equal: number; versions: Record<string, string> }> {
  const rival = PythonRival.start('tflm', { pythonPath });
  const target = ours.input(0) as Int8Array;
  const count = inputs.length / target.length;
  try {
    const { versions } = await rival.load(tflite);
    let equal = 0;
    for (let at = 0; at < count; at += batch.tflm) {
      signal?.throwIfAborted();
      const examples = inputs.subarray(at * target.length, (at + batch.tflm) * target.length);
      const n = examples.length / target.length;
      const theirs = Buffer.from(await rival.invoke(concatInputs([examples]), n));
      for (let i = 0; i < n; i++) {
        target.set(examples.subarray(i * target.length, (i + 1) * target.length));
        ours.invoke();
        const output = concatInputs([ours.output(0)]);
        if (theirs.compare(output, 0, output.length, i * output.length, (i + 1) * output.length) === 0)
          equal++;
      }
    }
    return { equal, versions };
  } finally {
    rival.close();
  }
}

/** µs per inference on the first example, ours and LiteRT's interleaved (LiteRT's only when there is Python); null on an emulator. */
export interface StageLatency {
  medianUs: number | null;
  p95Us: number | null;
  litertMedianUs: number | null;
  litertP95Us: number | null;
  trusted: boolean;
  isa: string;
  arenaBytes: number;
}

const timedRuns = 500;

const noTimes = { medianUs: null, p95Us: null, litertMedianUs: null, litertP95Us: null, trusted: false };

/** @throws the signal's reason soon after it is aborted */
export async function stageLatency(
  tflite: Uint8Array,
  split: Split,
  pythonPath: string | null,
  signal?: AbortSignal,
): Promise<StageLatency> {
  const model = Model.load(tflite);
  const { isa, arenaBytes } = model;
  let rival: Engine | null = null;
  try {
    if (emulatedHere() !== null) return { ...noTimes, isa, arenaBytes };
    const input = modelInputs(split, model.inputs[0]!, 1);
    (model.input(0) as Int8Array).set(input);
    if (pythonPath) rival = await rivalEngine('litert', tflite, concatInputs([input]), pythonPath, 1);
    const timed = rival ? [timedModels([model]), rival] : [timedModels([model])];
    const latencies = (await interleave(timed, { runs: timedRuns, signal })).map(latencyOf);
    const [ours, litert] = latencies;
    return {
      medianUs: ours!.medianUs,
      p95Us: ours!.p95Us,
      litertMedianUs: litert?.medianUs ?? null,
      litertP95Us: litert?.p95Us ?? null,
      trusted: latencies.every((latency) => latency.trusted),
      isa,
      arenaBytes,
    };
  } finally {
    rival?.close();
    model.dispose();
  }
}
