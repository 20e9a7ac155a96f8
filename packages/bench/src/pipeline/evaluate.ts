import { UsageError } from '@weightfold/base';
import { exampleSize, type Split } from '@weightfold/datasets';
import { loadModel, type NativeModel } from '@weightfold/runtime-native';
import { modelInputs } from './inputs.js';

export interface EvaluateOptions {
  /** Use the first examples only. */
  limit?: number;
  threads?: number;
  rounding?: 'tflm' | 'litert-ref' | 'single';
}

/**
 * Top-1 accuracy in percent of a .tflite or .wfz (path or bytes) over a split, by our runtime.
 * @throws UsageError when the examples do not fit the model's input, or there are none
 */
export function evaluateModel(
  source: string | Uint8Array,
  split: Split,
  { limit = split.count, ...options }: EvaluateOptions = {},
): { accuracy: number; samples: number } {
  const samples = Math.min(limit, split.count);
  if (samples < 1)
    throw new UsageError('expected at least one example but received none', { where: 'examples' });
  const model = loadModel(source, options);
  try {
    const predictions = predict(model, split, samples);
    const right = predictions.reduce((sum, label, i) => sum + (label === split.y[i] ? 1 : 0), 0);
    return { accuracy: (100 * right) / samples, samples };
  } finally {
    model.dispose();
  }
}

/** Index of the largest output for each of the first examples. */
function predict(model: NativeModel, split: Split, samples: number): number[] {
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
  return Array.from({ length: samples }, (_, i) => {
    target.set(inputs.subarray(i * size, (i + 1) * size));
    model.invoke();
    return argMax(model.output(0) as ArrayLike<number>);
  });
}

/** Index of the largest value, the first among equals. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
