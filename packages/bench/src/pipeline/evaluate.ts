import { atOnce, type Parts, UsageError } from '@weightfold/base';
import { exampleSize, type Split } from '@weightfold/datasets';
import type { Objective } from '@weightfold/optimizer';
import { Model } from '@weightfold/runtime-native';
import { modelInputs } from './inputs.js';

export interface EvaluateOptions {
  /** Use the first examples only. */
  limit?: number;
  threads?: number;
  rounding?: 'tflm' | 'litert-ref' | 'single';
}

/** What a model is worth on a split, by what it is for: the other one is null. */
export interface Scores {
  /** Top-1 in percent. */
  accuracy: number | null;
  /** Mean squared error of reconstruction over all values, in real units. */
  mse: number | null;
}

/**
 * Top-1 accuracy in percent of a .tflite or .wfz (path or bytes) over a split, by our runtime.
 * @throws UsageError when the examples do not fit the model's input, or there are none
 */
export function evaluateModel(
  source: string | Uint8Array,
  split: Split,
  options: EvaluateOptions = {},
): { accuracy: number; samples: number } {
  const { accuracy, samples } = scoreModel(source, split, 'classification', options);
  return { accuracy: accuracy!, samples };
}

/**
 * Accuracy of a classifier, or the error of a network that reconstructs its input, over a split by our runtime.
 * @throws UsageError when the examples do not fit the model, or there are none
 */
export function scoreModel(
  source: string | Uint8Array,
  split: Split,
  objective: Objective,
  options: EvaluateOptions = {},
): Scores & { samples: number } {
  return atOnce(scoring(source, split, objective, options));
}

/** `scoreModel` in parts, an example each. */
export function* scoring(
  source: string | Uint8Array,
  split: Split,
  objective: Objective,
  { limit = split.count, ...options }: EvaluateOptions = {},
): Parts<Scores & { samples: number }> {
  const samples = Math.min(limit, split.count);
  if (samples < 1)
    throw new UsageError('expected at least one example but received none', { where: 'examples' });
  const model = Model.load(source, options);
  try {
    const scorer = scorerOf(objective, split, model);
    yield* runExamples(model, split, samples, (i, output) => scorer.add(i, output));
    return { ...scorer.scores(), samples };
  } finally {
    model.dispose();
  }
}

/** Adds up what a model's outputs are worth, also those of another runtime for the same model. */
export interface Scorer {
  /** Sees the output of example i, in the model's own type. */
  add(i: number, output: ArrayLike<number>): void;
  scores(): Scores;
}

/** @throws UsageError when a model that is to reconstruct its input has an output of another size */
export function scorerOf(objective: Objective, split: Split, model: Model): Scorer {
  let [count, sum] = [0, 0];
  if (objective === 'classification') {
    const add = (i: number, output: ArrayLike<number>) => {
      count++;
      if (argMax(output) === split.y[i]) sum++;
    };
    return { add, scores: () => ({ accuracy: (100 * sum) / count, mse: null }) };
  }
  const { name, scale, zeroPoint } = model.outputs[0]!;
  const size = exampleSize(split);
  const length = model.output(0).length;
  if (length !== size) throw notReconstructed(name, size, length);
  const real = scale > 0 ? (value: number) => (value - zeroPoint) * scale : (value: number) => value;
  const add = (i: number, output: ArrayLike<number>) => {
    count += size;
    for (let k = 0; k < size; k++) sum += (real(output[k]!) - split.x[i * size + k]! * split.xScale) ** 2;
  };
  return { add, scores: () => ({ accuracy: null, mse: sum / count }) };
}

function notReconstructed(name: string, size: number, length: number): UsageError {
  return new UsageError(`output ${name}: expected ${size} values, as the input has, but received ${length}`, {
    where: `output ${name}`,
    expected: `${size} values`,
    received: `${length} values`,
  });
}

/** Runs the first examples one by one. */
function* runExamples(
  model: Model,
  split: Split,
  samples: number,
  see: (i: number, output: ArrayLike<number>) => void,
): Parts<void> {
  const info = model.inputs[0]!;
  const size = exampleSize(split);
  const wanted = info.shape.reduce((product, n) => product * n, 1);
  if (model.inputs.length !== 1 || wanted !== size) {
    throw new UsageError(`the model's input has shape [${info.shape}], the examples [${split.shape}]`, {
      where: `input ${info.name}`,
      expected: `one input of ${size} values`,
      received: `${model.inputs.length} inputs, the first of ${wanted} values`,
    });
  }
  const inputs = modelInputs(split, info, samples);
  const target = model.input(0) as Int8Array;
  for (let i = 0; i < samples; i++) {
    target.set(inputs.subarray(i * size, (i + 1) * size));
    model.invoke();
    see(i, model.output(0) as ArrayLike<number>);
    yield;
  }
}

/** Index of the largest value, the first among equals. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
