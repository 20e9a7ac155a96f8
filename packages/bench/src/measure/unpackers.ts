import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import { decodeContainer as decodeReference } from '@weightfold/container';
import { RivalError } from '@weightfold/rivals';
import { decodeContainer as decodeNative } from '@weightfold/runtime-native';

/** Something that restores one file from memory to memory and can be timed. */
export interface Unpacker {
  name: string;
  codedBytes: number;
  /** Nanoseconds of each of `runs` decodes. */
  time(runs: number): Promise<number[]>;
  close(): void;
}

async function samples(runs: number, decodeNs: () => number): Promise<number[]> {
  return Array.from({ length: runs }, decodeNs);
}

function elapsedNs(run: () => void): number {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start);
}

/**
 * Our native decoder, into memory that is there already, as in zstd's case: with all checksums of blocks and file, without the
 * SHA-256, whose time is told apart.
 */
export function nativeUnpacker(name: string, wfz: Uint8Array, original: Uint8Array, threads = 1): Unpacker {
  const out = new Uint8Array(original.length);
  return {
    name,
    codedBytes: wfz.length,
    time: (runs) => samples(runs, () => decodeNative(wfz, { threads, out }).decodeMs! * 1e6),
    close: () => {},
  };
}

/** The SHA-256 that the native decoder makes behind decoding. */
export function hashTimer(wfz: Uint8Array, original: Uint8Array): Unpacker {
  const out = new Uint8Array(original.length);
  return {
    name: 'sha256',
    codedBytes: 0,
    time: (runs) => samples(runs, () => decodeNative(wfz, { out }).hashMs! * 1e6),
    close: () => {},
  };
}

/** The reference decoder, with everything that it checks. */
export function referenceUnpacker(name: string, wfz: Uint8Array): Unpacker {
  return {
    name,
    codedBytes: wfz.length,
    time: (runs) => samples(runs, () => elapsedNs(() => decodeReference(wfz))),
    close: () => {},
  };
}

/** brotli 11 by Node's own zlib: a call and an array for the output are in its time, no checksum. */
export function brotliUnpacker(original: Uint8Array): Unpacker {
  const params = {
    [zlib.constants.BROTLI_PARAM_QUALITY]: 11,
    [zlib.constants.BROTLI_PARAM_LGWIN]: 24,
    [zlib.constants.BROTLI_PARAM_SIZE_HINT]: original.length,
  };
  const coded = zlib.brotliCompressSync(original, { params });
  // One chunk for all of the output: else zlib glues pieces together.
  const chunkSize = Math.max(64, original.length);
  return {
    name: 'brotli-11',
    codedBytes: coded.length,
    time: (runs) => samples(runs, () => elapsedNs(() => zlib.brotliDecompressSync(coded, { chunkSize }))),
    close: () => {},
  };
}

const zstdScript = fileURLToPath(new URL('../../python/zstd_decode.py', import.meta.url));

/** zstd by its Python binding, in a process of its own. @throws RivalError when that ends */
export async function zstdUnpacker(file: string, level: number, pythonPath: string): Promise<Unpacker> {
  const env = { ...process.env, PYTHONPATH: pythonPath };
  const child = spawn('python3', [zstdScript, file, `${level}`], { env });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const codedBytes = (await answer(child, lines)) as number;
  return {
    name: `zstd-${level}`,
    codedBytes,
    time: async (runs) => {
      child.stdin.write(`${runs}\n`);
      return (await answer(child, lines)) as number[];
    },
    close: () => child.stdin.end(),
  };
}

async function answer(child: ChildProcessWithoutNullStreams, lines: AsyncIterator<string>): Promise<unknown> {
  const { value, done } = await lines.next();
  if (!done) return JSON.parse(value);
  const said = child.stderr.read()?.toString().trim() ?? 'nothing';
  throw new RivalError(`zstd ended: ${said}`, { code: 'RIVAL_FAILED', where: zstdScript, received: said });
}
