import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

const xzCode = `
import sys
try:
    import lzma
except ImportError:
    print("null")
else:
    print(len(lzma.compress(open(sys.argv[1], "rb").read(), preset=9 | lzma.PRESET_EXTREME)))
`;

/** Bytes after `xz -9e`, by Python's lzma module; null without Python, or when it was built without that module. */
export async function xzBytes(file: string): Promise<number | null> {
  const output = await outputOf('python3', ['-c', xzCode, file]);
  return output && (JSON.parse(output.toString()) as number | null);
}

/** Bytes after `zstd --ultra -22`, by the system's program; null without it. */
export async function zstdBytes(file: string): Promise<number | null> {
  const output = await outputOf('zstd', ['--ultra', '-22', '--quiet', '--stdout', file]);
  return output?.length ?? null;
}

/** Standard output of a program; null when there is no such program. */
async function outputOf(program: string, args: string[]): Promise<Buffer | null> {
  try {
    const options = { encoding: 'buffer', maxBuffer: 2 ** 30 } as const;
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Bytes after brotli at quality 11 with its largest window. */
export function brotliBytes(data: Uint8Array): number {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
  const params = {
    [BROTLI_PARAM_QUALITY]: 11,
    [BROTLI_PARAM_LGWIN]: 24,
    [BROTLI_PARAM_SIZE_HINT]: data.length,
  };
  return zlib.brotliCompressSync(data, { params }).length;
}
