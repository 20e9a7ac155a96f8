import { DatasetError } from './errors.js';

const arrays = {
  int8: { descr: '|i1', make: Int8Array },
  uint8: { descr: '|u1', make: Uint8Array },
  bool: { descr: '|b1', make: Uint8Array },
  int16: { descr: '<i2', make: Int16Array },
  int32: { descr: '<i4', make: Int32Array },
  int64: { descr: '<i8', make: BigInt64Array },
  float32: { descr: '<f4', make: Float32Array },
  float64: { descr: '<f8', make: Float64Array },
} as const;

export type NpyDtype = keyof typeof arrays;
export type NpyData =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** An array in numpy's .npy format: C order, little endian. */
export interface Npy {
  dtype: NpyDtype;
  shape: number[];
  data: NpyData;
}

const magic = '\x93NUMPY';

/**
 * Reads a .npy file (format versions 1 to 3; NumPy Enhancement Proposal 1).
 * @throws DatasetError on a wrong magic, version, order or element type, on a truncated file and on bytes after the end
 * @returns data that may share the memory of `bytes`
 */
export function readNpy(bytes: Uint8Array, name = 'npy'): Npy {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = Buffer.from(bytes.subarray(0, 6)).toString('latin1');
  if (start !== magic || bytes.length < 12)
    fail(name, 'byte 0', 'the magic \\x93NUMPY', JSON.stringify(start));
  const major = bytes[6]!;
  if (major < 1 || major > 3) fail(name, 'byte 6', 'format version 1, 2 or 3', `${major}`);
  const headerStart = major === 1 ? 10 : 12;
  const headerLength = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataStart = headerStart + headerLength;
  if (dataStart > bytes.length)
    fail(name, 'byte 8', `a header inside the ${bytes.length} bytes`, `one of ${headerLength} bytes`);
  const header = Buffer.from(bytes.subarray(headerStart, dataStart)).toString('latin1');
  const { dtype, shape } = parseHeader(header, name);
  const { make } = arrays[dtype];
  const expected = shape.reduce((product, size) => product * size, 1) * make.BYTES_PER_ELEMENT;
  const received = bytes.length - dataStart;
  if (received !== expected)
    fail(name, `byte ${dataStart}`, `${expected} bytes of data for shape [${shape}]`, `${received}`);
  // Large arrays are not copied: numpy puts the data at a multiple of 64.
  const dataOffset = bytes.byteOffset + dataStart;
  if (dataOffset % make.BYTES_PER_ELEMENT !== 0)
    return { dtype, shape, data: new make(new Uint8Array(bytes.subarray(dataStart)).buffer) };
  return {
    dtype,
    shape,
    data: new make(bytes.buffer as ArrayBuffer, dataOffset, expected / make.BYTES_PER_ELEMENT),
  };
}

function parseHeader(header: string, name: string): { dtype: NpyDtype; shape: number[] } {
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  const dtype = (Object.keys(arrays) as NpyDtype[]).find(
    (key) => arrays[key].descr.slice(1) === descr?.replace(/^[<|=]/, ''),
  );
  if (dtype === undefined)
    fail(
      name,
      "header 'descr'",
      Object.values(arrays)
        .map((a) => a.descr)
        .join(', '),
      `${descr}`,
    );
  if (order !== 'False') fail(name, "header 'fortran_order'", 'False (C order)', `${order}`);
  if (shape === undefined) fail(name, "header 'shape'", 'a tuple of sizes', header.trim());
  const sizes = shape
    .split(',')
    .filter((part) => part.trim())
    .map(Number);
  if (sizes.some((size) => !Number.isSafeInteger(size)))
    fail(name, "header 'shape'", 'sizes below 2^53', `${shape}`);
  return { dtype, shape: sizes };
}

/** Writes a .npy file, format version 1.0. */
export function writeNpy(npy: Npy): Uint8Array {
  return Buffer.concat(npyParts(npy));
}

/** The same in parts, the last of which is the data itself, not a copy. */
export function npyParts({ dtype, shape, data }: Npy): Uint8Array[] {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const header = `{'descr': '${arrays[dtype].descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // Magic, version and length take 10 bytes; data starts at a multiple of 64.
  const length = Math.ceil((header.length + 11) / 64) * 64 - 10;
  const padded = `${header.padEnd(length - 1)}\n`;
  const prefix = Buffer.alloc(10);
  prefix.write(magic, 'latin1');
  prefix[6] = 1;
  prefix.writeUInt16LE(padded.length, 8);
  const content = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [prefix, Buffer.from(padded, 'latin1'), content];
}

function fail(name: string, where: string, expected: string, received: string): never {
  throw new DatasetError(`${name}, ${where}: expected ${expected} but received ${received}`, {
    code: 'BAD_NPY',
    where: `${name}, ${where}`,
    expected,
    received,
    hint: 'write the array with numpy.save of a C-ordered array',
  });
}
