import { fileURLToPath } from 'node:url';
import { x } from 'tinyexec';

const script = fileURLToPath(new URL('./memory-child.js', import.meta.url));

/** Peak resident memory of a Node process that loads a model and runs it once; null when that fails. */
export async function peakMemory(file: string, threads: number): Promise<number | null> {
  const result = await x(process.execPath, [...process.execArgv, script, file, String(threads)]);
  const bytes = Number(result.stdout.trim());
  return result.exitCode === 0 && bytes > 0 ? bytes : null;
}
