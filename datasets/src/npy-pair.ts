import { ExitCode } from '@weightfold/base';
import { DatasetError } from './errors.js';
import { readLargeFile } from './large-file.js';
import { type Npy, readNpy } from './npy.js';
import { checkCounts, type Split } from './types.js';

/** A network has an output for each class up to the largest: what is beyond is no class, but another kind of number. */
const largestClass = 2 ** 16 - 1;

/**
 * Examples from two .npy files: X of shape [n, ...] with float32, uint8 or int8, Y of shape [n] with integers from 0. uint8 and
 * int8 values are taken as they are (xScale 1).
 * @throws DatasetError for a damaged file, other types or shapes, and labels that are no classes
 */
export function loadNpyPair(xFile: string, yFile: string): Split {
  const x = loadNpy(xFile);
  const y = readNpy(readLargeFile(yFile), yFile);
  if (y.shape.length !== 1 || y.dtype.startsWith('float'))
    throw unexpected(yFile, 'integers of shape [n]', `${y.dtype} of shape [${y.shape}]`);
  checkCounts(x.count, y.shape[0]!, xFile);
  return { ...x, y: labelsOf(y, yFile) };
}

/** Examples without labels (y is all 0) from a .npy file of shape [n, ...] with float32, uint8 or int8. */
export function loadNpy(xFile: string): Split {
  const x = readNpy(readLargeFile(xFile), xFile);
  if (!(x.data instanceof Float32Array || x.data instanceof Uint8Array || x.data instanceof Int8Array))
    throw unexpected(xFile, 'float32, uint8 or int8', x.dtype);
  if (x.shape.length < 2) throw unexpected(xFile, 'examples of shape [n, ...]', `shape [${x.shape}]`);
  const [count = 0, ...shape] = x.shape;
  return { count, shape, x: x.data, xScale: 1, y: new Int32Array(count) };
}

function labelsOf({ data }: Npy, file: string): Int32Array {
  const labels = Float64Array.from(data as ArrayLike<number | bigint>, Number);
  const wrong = labels.findIndex((label) => label < 0 || label > largestClass);
  if (wrong < 0) return Int32Array.from(labels);
  throw unexpected(`${file}, example ${wrong}`, `a class from 0 to ${largestClass}`, `${labels[wrong]}`);
}

function unexpected(where: string, expected: string, received: string): DatasetError {
  return new DatasetError(`${where}: expected ${expected} but received ${received}`, {
    where,
    expected,
    received,
    exitCode: ExitCode.usage,
  });
}
