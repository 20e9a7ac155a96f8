import { UsageError } from '@weightfold/base';
import { type NpyData, readNpy } from '@weightfold/datasets';
import { readInputFile } from './files.js';

/** A tensor of a model as the runtime describes it. */
export interface TensorInfo {
  name: string;
  shape: number[];
  dtype: string;
  scale: number;
  zeroPoint: number;
}

/**
 * Matches `--input`/`--output` words with a model's tensors. A word is `file.npy` (only when the model has
 * one such tensor) or `name=file.npy`. Gives one file per tensor, null where none was named. A file whose own name has a `=`
 * is given with its folder: `./a=b.npy`.
 */
export function assignFiles(
  words: string[],
  tensors: readonly TensorInfo[],
  option: string,
): (string | null)[] {
  const files: (string | null)[] = tensors.map(() => null);
  for (const word of words) {
    const index = tensors.findIndex((tensor) => word.startsWith(`${tensor.name}=`));
    const named = index >= 0;
    const bare = /^\.{0,2}\//.test(word) || !word.includes('=');
    if (!named && (tensors.length > 1 || !bare)) throw unnamed(word, tensors, option);
    const at = named ? index : 0;
    if (files[at] !== null)
      throw new UsageError(`${option} names ${tensors[at]!.name} twice`, { received: word });
    files[at] = named ? word.slice(tensors[at]!.name.length + 1) : word;
  }
  return files;
}

function unnamed(word: string, tensors: readonly TensorInfo[], option: string): UsageError {
  const kind = option.slice(2);
  const name = word.includes('=') ? word.slice(0, word.indexOf('=')) : null;
  return new UsageError(
    name === null
      ? `${option} ${word} names none of the model's ${tensors.length} ${kind}s`
      : `The model has no ${kind} ${name}`,
    {
      code: 'UNKNOWN_TENSOR',
      where: `${option} ${word}`,
      expected: tensors.map((tensor) => `${tensor.name}=file.npy`).join(', '),
      received: word,
      hint: name === null ? undefined : `If ${word} is a file: ./${word}`,
    },
  );
}

/** One input as read: `batch` examples of the model's shape, one after the other. */
export interface BatchedInput {
  batch: number;
  data: NpyData;
}

/**
 * Reads an .npy for one input. It must have the input's dtype and shape, or, when the input's first dimension
 * is 1, may have any first dimension N: then there are N examples. Floats are quantized to an integer input
 * only on request, as TFLite does it: round half away from zero of x / scale in float32, plus zero point, clamped.
 */
export function readInput(file: string, tensor: TensorInfo, quantizeInput: boolean): BatchedInput {
  const npy = readNpy(readInputFile(file), file);
  const batch = batchOf(npy.shape, tensor, file);
  if (npy.dtype === tensor.dtype) return { batch, data: npy.data };
  const floats = npy.dtype === 'float32' || npy.dtype === 'float64';
  if (floats && quantizeInput && tensor.scale > 0) return { batch, data: quantize(npy.data, tensor, file) };
  throw new UsageError(`${file} has another dtype than input ${tensor.name}`, {
    code: 'DTYPE',
    where: file,
    expected: tensor.dtype,
    received: npy.dtype,
    hint:
      floats && tensor.scale > 0
        ? 'Give --quantize-input to quantize floats with the input’s scale.'
        : undefined,
  });
}

function batchOf(shape: number[], tensor: TensorInfo, file: string): number {
  const first = shape[0] ?? 1;
  const rest =
    shape.length === tensor.shape.length && shape.slice(1).every((size, i) => size === tensor.shape[i + 1]);
  if (rest && first === (tensor.shape[0] ?? 1)) return 1;
  if (rest && tensor.shape[0] === 1 && first > 0) return first;
  const any = tensor.shape[0] === 1 ? ` or [N, ${tensor.shape.slice(1).join(', ')}]` : '';
  throw new UsageError(`${file} has another shape than input ${tensor.name}`, {
    code: 'SHAPE',
    where: file,
    expected: `[${tensor.shape.join(', ')}]${any}`,
    received: `[${shape.join(', ')}]`,
  });
}

const ranges: Record<string, [number, number, (length: number) => NpyData]> = {
  int8: [-128, 127, (length) => new Int8Array(length)],
  uint8: [0, 255, (length) => new Uint8Array(length)],
  int16: [-32768, 32767, (length) => new Int16Array(length)],
};

function quantize(data: NpyData, tensor: TensorInfo, file: string): NpyData {
  const range = ranges[tensor.dtype];
  if (!range) {
    throw new UsageError(`--quantize-input does not apply to input ${tensor.name}`, {
      expected: Object.keys(ranges).join(', '),
      received: tensor.dtype,
    });
  }
  const [least, most, allocate] = range;
  const scale = Math.fround(tensor.scale);
  const codes = allocate(data.length);
  for (let i = 0; i < data.length; i++) {
    const real = Math.fround(Math.fround(Number(data[i])) / scale);
    if (Number.isNaN(real)) throw notANumber(file, i);
    const rounded = Math.sign(real) * Math.floor(Math.abs(real) + 0.5);
    codes[i] = Math.min(most, Math.max(least, rounded + tensor.zeroPoint));
  }
  return codes;
}

function notANumber(file: string, index: number): UsageError {
  return new UsageError(`${file}: value ${index} is NaN, which has no code`, {
    code: 'NOT_A_NUMBER',
    where: `${file}, value ${index}`,
    expected: 'numbers',
    received: 'NaN',
  });
}
