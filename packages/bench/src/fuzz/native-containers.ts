import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BenchError } from '../errors.js';

/** What became of a file's mutations in the native decoder. */
export interface NativeReport {
  cases: number;
  decoded: number;
  slowestMs: number;
  largestBytes: number;
}

const runtime = fileURLToPath(new URL('../../../runtime-native/', import.meta.url));
const test = 'codecs-container';

/** Builds the native decoder with its fuzzer and sanitizers, and returns the program. @throws BenchError */
export function buildSanitized(): string {
  const script = path.join(runtime, 'scripts/sanitized-test.mjs');
  const { status } = spawnSync(process.execPath, [script, '--build-only', test], {
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return path.join(runtime, 'build/sanitized', `test-${test}`);
  throw new BenchError('the sanitized decoder could not be built; the message is above', {
    code: 'NO_ADDON',
    where: script,
  });
}

/** Runs `count` mutations of one file; a string says what is wrong, with what a sanitizer printed. */
export async function fuzzNative(
  program: string,
  file: string,
  count: number,
  seed: number,
): Promise<NativeReport | string> {
  try {
    const args = [`${count}`, `${seed}`, file];
    const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 2 ** 28 });
    return JSON.parse(stdout) as NativeReport;
  } catch (error) {
    const { stdout, stderr, signal } = error as { stdout: string; stderr: string; signal: string | null };
    return `${file}: ${signal ?? ''} ${stdout}${stderr}`.slice(0, 4000);
  }
}
