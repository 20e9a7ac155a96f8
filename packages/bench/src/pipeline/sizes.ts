import zlib from 'node:zlib';
import { x } from 'tinyexec';

/** Bytes after `xz -9e`, by Python's lzma module; null without Python. */
export async function xzBytes(file: string): Promise<number | null> {
  const code =
    'import lzma,sys; print(len(lzma.compress(open(sys.argv[1],"rb").read(), preset=9 | lzma.PRESET_EXTREME)))';
  try {
    const result = await x('python3', ['-c', code, file]);
    return result.exitCode === 0 ? Number(result.stdout) : null;
  } catch {
    return null; // no python3
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
