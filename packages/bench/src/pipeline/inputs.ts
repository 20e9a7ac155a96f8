import { UnsupportedError, UsageError } from '@weightfold/base';
import { exampleSize, type Split } from '@weightfold/datasets';

/** What is needed of a model's input to feed it real values. */
export interface InputInfo {
  name: string;
  shape: number[];
  dtype: string;
  scale: number;
  zeroPoint: number;
}

/**
 * Examples of a split as a model takes them, one after the other: integers by the input's scale and zero point, rounded to
 * nearest and clamped; floats as they are; values that are in the model's own integer type already (xScale 1) unchanged.
 * @throws UsageError for NaN, which has no code; UnsupportedError for an input of another type than float32, int8 and uint8
 */
export function modelInputs(
  split: Split,
  info: InputInfo,
  count: number,
): Int8Array | Uint8Array | Float32Array {
  const n = count * exampleSize(split);
  const x = split.x.subarray(0, n);
  if (info.dtype === 'float32') return Float32Array.from(x, (value) => value * split.xScale);
  if (info.dtype !== 'int8' && info.dtype !== 'uint8') {
    throw new UnsupportedError(
      `input ${info.name}: expected float32, int8 or uint8 to feed examples to but received ${info.dtype}`,
      { where: `input ${info.name}`, expected: 'float32, int8 or uint8', received: info.dtype },
    );
  }
  const isOwnType =
    split.xScale === 1 && (info.dtype === 'int8' ? x instanceof Int8Array : x instanceof Uint8Array);
  if (isOwnType) return x as Int8Array | Uint8Array;
  const [low, high] = info.dtype === 'int8' ? [-128, 127] : [0, 255];
  const codes = info.dtype === 'int8' ? new Int8Array(n) : new Uint8Array(n);
  // A loop: TypedArray.from iterates, which takes seconds for a test set.
  for (let i = 0; i < n; i++) {
    const value = x[i]!;
    if (Number.isNaN(value)) throw notANumber(Math.floor(i / exampleSize(split)), info.name);
    codes[i] = Math.max(
      low,
      Math.min(high, Math.round((value * split.xScale) / info.scale) + info.zeroPoint),
    );
  }
  return codes;
}

function notANumber(example: number, input: string): UsageError {
  return new UsageError(`example ${example} holds NaN, which has no code in input ${input}`, {
    code: 'NOT_A_NUMBER',
    where: `example ${example}`,
    expected: 'numbers',
    received: 'NaN',
  });
}
