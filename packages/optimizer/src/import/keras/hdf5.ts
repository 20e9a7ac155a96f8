import { ready } from 'h5wasm/node';

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

/** Forgets what was said before. */
export function clearDiagnosis(): void {
  diagnosis = '';
}

/** The cause of the last error in HDF5's words ("truncated file: …"): the innermost of the calls that it lists; null for none. */
export function lastDiagnosis(): string | null {
  return [...diagnosis.matchAll(/^ +#\d+: .*?\(\): (.+)$/gm)].at(-1)?.[1] ?? null;
}
