import { fileURLToPath } from 'node:url';
import { expectHardware } from '@weightfold/base';
import { x } from 'tinyexec';
import { BenchError } from '../errors.js';
import type { Fresh } from './engines.js';

// From the sources, too (tests): only what is built can be started.
const script = fileURLToPath(new URL('../../dist/measure/fresh-child.js', import.meta.url));

/** What a fresh process tells; processor time is that of all its threads. */
export interface FreshProcess extends Fresh {
  firstUs: number;
  peakRssBytes: number;
  loadCpuMs: number;
  firstCpuUs: number;
  /** Node's own start, and the import of our runtime with its addon. */
  startCpuMs: number;
  importCpuMs: number;
  /** Later loads of the same model, in the order in which they were made. */
  laterMs: number[];
  laterCpuMs: number[];
}

/** Loads after the first inference: `before` that are not told of, then `later` that are. */
export interface LaterLoads {
  before: number;
  later: number;
}

/**
 * Time to load a model, of its first inference, and peak resident memory, in a Node process that does nothing else: in this one
 * the compiler would have seen the code before, and memory would be that of all models so far. The model is loaded from bytes in memory.
 * @throws BenchError when the process fails
 */
export async function measureFresh(
  file: string,
  threads: number,
  { before, later }: LaterLoads = { before: 0, later: 0 },
): Promise<FreshProcess> {
  expectHardware();
  const result = await x(process.execPath, [script, file, ...[threads, before, later].map(String)]);
  if (result.exitCode === 0) return JSON.parse(result.stdout) as FreshProcess;
  throw new BenchError(
    `${file}: a fresh process could not run it: ${result.stderr.trim().split('\n').at(-1)}`,
    {
      where: file,
      received: `exit code ${result.exitCode}`,
    },
  );
}
