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
    print(len(lzma.compress(sys.stdin.buffer.read(), preset=9 | lzma.PRESET_EXTREME)))
`;

/** Bytes after `xz -9e`, by Python's lzma module; null without Python, or when it was built without that module. */
export async function xzBytes(data: Uint8Array): Promise<number | null> {
  const output = await outputOf('python3', ['-c', xzCode], data);
  return output && (JSON.parse(output.toString()) as number | null);
}

/**
 * The smallest .lzma file (13 bytes of header, no checksum) over the literal and position bits that LZMA can be told: all of them
 * up to 300 kB; above, first those of literals, then those of positions.
 */
const lzmaCode = `
import sys
try:
    import lzma
except ImportError:
    print("null")
    sys.exit()
data = sys.stdin.buffer.read()
dictionary = max(4096, len(data))

def size(lc, lp, pb):
    options = {"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}
    return len(lzma.compress(data, format=lzma.FORMAT_ALONE, filters=[options]))

literals = [(lc, lp) for lc in range(5) for lp in range(5 - lc)]
if len(data) <= 300000:
    print(min(size(lc, lp, pb) for lc, lp in literals for pb in range(5)))
else:
    found = {(lc, lp, 0): size(lc, lp, 0) for lc, lp in literals}
    lc, lp, _ = min(found, key=found.get)
    print(min([*found.values(), *(size(lc, lp, pb) for pb in range(1, 5))]))
`;

/** Bytes after LZMA with the best of its settings, by Python's lzma module; null without it. Takes up to 75 times as long as xz. */
export async function lzmaBytes(data: Uint8Array): Promise<number | null> {
  const output = await outputOf('python3', ['-c', lzmaCode], data);
  return output && (JSON.parse(output.toString()) as number | null);
}

/** Bytes after `zstd --ultra -22`, by the system's program; null without it. */
export async function zstdBytes(data: Uint8Array): Promise<number | null> {
  const output = await outputOf(
    'zstd',
    ['--ultra', '-22', '--quiet', '--stdout', `--stream-size=${data.length}`],
    data,
  );
  return output?.length ?? null;
}

/** Standard output of a program that reads `input`; null when there is no such program. */
async function outputOf(program: string, args: string[], input: Uint8Array): Promise<Buffer | null> {
  try {
    const options = { encoding: 'buffer', maxBuffer: 2 ** 30 } as const;
    const running = promisify(execFile)(program, args, options);
    // A program that ends before it has read all reports that itself: the pipe's error would hide it.
    running.child.stdin!.on('error', () => {}).end(input);
    return (await running).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Bytes after brotli at quality 11 with its largest window. */
export async function brotliBytes(data: Uint8Array): Promise<number> {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
  const params = {
    [BROTLI_PARAM_QUALITY]: 11,
    [BROTLI_PARAM_LGWIN]: 24,
    [BROTLI_PARAM_SIZE_HINT]: data.length,
  };
  return (await promisify(zlib.brotliCompress)(data, { params })).length;
}

/** What general packers make of the same bytes; null for one that is not installed. */
export interface RivalSizes {
  gzip: number;
  zstd: number | null;
  xz: number | null;
  brotli: number;
}

/** Sizes after gzip -9, zstd --ultra -22, xz -9e and brotli 11. */
export async function rivalSizes(data: Uint8Array): Promise<RivalSizes> {
  const [zstd, xz, brotli] = await Promise.all([zstdBytes(data), xzBytes(data), brotliBytes(data)]);
  return { gzip: zlib.gzipSync(data, { level: 9 }).length, zstd, xz, brotli };
}
