import { fromHalf } from '@weightfold/tflite';
import { type Dataset, ready } from 'h5wasm/node';

/** Part of the library's file system (Emscripten's), which has a standard error of its own as stream 2. */
interface FileSystem {
  createStream(stream: object, number: number): void;
}

/** What HDF5 said since `clearDiagnosis`. */
let diagnosis = '';

/**
 * Waits for the HDF5 library and takes over its standard error: it prints a page there for each thing that it does not find or
 * cannot read. Nothing else writes to that stream; ours stays as it is.
 */
export const hdf5Ready: Promise<void> = ready.then(({ FS }) => {
  const write = (_: unknown, buffer: Int8Array, offset: number, length: number) => {
    diagnosis += Buffer.from(buffer.buffer, buffer.byteOffset + offset, length).toString();
    return length;
  };
  const characterDevice = { mode: 0o020666 };
  const writeOnly = 1;
  (FS as unknown as FileSystem).createStream(
    { path: '/dev/stderr', flags: writeOnly, seekable: false, node: characterDevice, stream_ops: { write } },
    2,
  );
});

/** Part of the library's module that reads a data set's bytes as they are. */
interface RawReader {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(at: number): void;
  get_dataset_data(file: bigint, path: string, ...all: [null, null, null, at: bigint]): void;
}

/** Numbers of 32, 64 or 16 bits as binary32; undefined when a data set holds something else. */
export async function floatReader(): Promise<
  (dataset: Dataset | null | undefined) => Float32Array | undefined
> {
  const library = (await ready) as unknown as RawReader;
  return (dataset) => {
    if (!dataset) return undefined;
    // The library reads 16 bits into an array type that Node has from version 24 on.
    if (dataset.dtype === '<e') return fromHalf(rawBytes(library, dataset));
    const { value } = dataset;
    if (value instanceof Float32Array) return value;
    return value instanceof Float64Array ? Float32Array.from(value) : undefined;
  };
}

function rawBytes(library: RawReader, { metadata, file_id, path }: Dataset): Uint8Array {
  const bytes = metadata.size * metadata.total_size;
  const at = library._malloc(bytes);
  try {
    library.get_dataset_data(file_id, path, null, null, null, BigInt(at));
    return library.HEAPU8.slice(at, at + bytes);
  } finally {
    library._free(at);
  }
}

/** Forgets what was said before. */
export function clearDiagnosis(): void {
  diagnosis = '';
}

/** The cause of the last error in HDF5's words ("truncated file: …"): the innermost of the calls that it lists; null for none. */
export function lastDiagnosis(): string | null {
  return [...diagnosis.matchAll(/^ +#\d+: .*?\(\): (.+)$/gm)].at(-1)?.[1] ?? null;
}
