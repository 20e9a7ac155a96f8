import path from 'node:path';
import { BenchError } from '../errors.js';
import type { ArmCpu } from './emulator.js';
import { emulateNode } from './node.js';

/** Begins the line behind what a verb printed; its exit code ends it. */
const exitMark = '==weightfold== exit code ';

/** What one call of the command line gave. */
interface VerbOutcome {
  exitCode: number;
  stdout: string;
}

/** Milliseconds that `compress` and `decodeContainer` tell of a model, and the code of the error of `Model.profile`; null for none. */
export interface ApiTimes {
  encodeMs: number | null;
  decodeMs: number | null;
  hashMs: number | null;
  profile: string | null;
}

/**
 * Runs an installed command line once for each list of words, all in one arm64 Node as on that CPU, and asks the API there for the
 * times of a .tflite.
 * @throws BenchError when Node fails
 */
export async function runVerbs(
  cpu: ArmCpu,
  node: string,
  installed: string,
  tflite: string,
  runs: readonly string[][],
): Promise<{ outcomes: VerbOutcome[]; api: ApiTimes }> {
  const modules = path.join(installed, 'node_modules');
  const child = path.join(modules, '@weightfold/bench/dist/emulated/verbs-child.js');
  const cli = path.join(modules, 'weightfold/bin/weightfold.mjs');
  const words = [child, cli, tflite, exitMark, JSON.stringify(runs)];
  const { stdout, failure } = await emulateNode(cpu, node, words);
  if (failure !== null) throw new BenchError(`Node on ${cpu}: ${failure}`, { where: cpu });
  const parts = stdout.toString().split(new RegExp(`^${exitMark}(\\d+)\\n`, 'm'));
  const outcomes = runs.map((_, i) => ({ stdout: parts[2 * i]!, exitCode: Number(parts[2 * i + 1]) }));
  return { outcomes, api: JSON.parse(parts.at(-1)!) as ApiTimes };
}
