import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BenchError } from '../errors.js';

const runtime = fileURLToPath(new URL('../../../runtime-native/', import.meta.url));

/** Builds one of the C++ tests with AddressSanitizer and UndefinedBehaviorSanitizer, and returns the program. @throws BenchError */
export function buildSanitized(test: string): string {
  const script = path.join(runtime, 'scripts/sanitized-test.mjs');
  const { status } = spawnSync(process.execPath, [script, '--build-only', test], {
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return path.join(runtime, 'build/sanitized', `test-${test}`);
  throw new BenchError(`${test} could not be built with sanitizers; the message is above`, {
    code: 'NO_ADDON',
    where: script,
  });
}

/** Runs such a program, which prints a document of JSON; a string says what is wrong, with what a sanitizer printed. */
export async function runSanitized<Report>(program: string, args: string[]): Promise<Report | string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 2 ** 28 });
    return JSON.parse(stdout) as Report;
  } catch (error) {
    const { stdout, stderr, signal } = error as { stdout: string; stderr: string; signal: string | null };
    return `${args.join(' ')}: ${signal ?? ''} ${stdout}${stderr}`.slice(0, 4000);
  }
}
