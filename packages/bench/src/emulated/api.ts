import fs from 'node:fs';
import path from 'node:path';
import { sha256Hex } from '@weightfold/base';
import { compress } from '@weightfold/compressor';
import { BenchError } from '../errors.js';
import { asTflite } from '../source.js';
import type { ArmCpu } from './emulator.js';
import type { EmulatedJob } from './job.js';
import { emulateNode } from './node.js';

/** What an arm64 Node tells of a model. Bytes of outputs are in base64, hashes are sha256. */
export interface ApiAnswer {
  name: string;
  arch: string;
  isa: string;
  /** Of `Model.load(tflite).run`, and of the .wfz. */
  outputs: string;
  packedOutputs: string;
  /** What the native decoder made of the .wfz. */
  unpacked: string;
}

/** The same answer of this machine, by its scalar kernels, and without what tells the machine. */
export type ApiExpectation = Omit<ApiAnswer, 'arch' | 'isa'>;

/** Writes a model's files into a folder for the API's run on another machine, and returns what must come out of it. */
export function placeApiJob(dir: string, file: string, job: EmulatedJob): ApiExpectation {
  const tflite = asTflite(new Uint8Array(fs.readFileSync(file)));
  const wfz = compress(tflite, { level: 'fast' }).bytes;
  const { model: name, input } = job;
  for (const [ending, bytes] of Object.entries({ tflite, wfz, input }))
    fs.writeFileSync(path.join(dir, `${name}.${ending}`), bytes);
  const outputs = Buffer.concat(job.outputs.map(({ bytes }) => bytes)).toString('base64');
  return { name, outputs, packedOutputs: outputs, unpacked: sha256Hex(tflite) };
}

/**
 * Runs all models of a folder in an arm64 Node as on that CPU, by what is installed in `installed`.
 * @throws BenchError when Node fails
 */
export async function runApi(
  cpu: ArmCpu,
  node: string,
  installed: string,
  dir: string,
): Promise<ApiAnswer[]> {
  const child = path.join(installed, 'node_modules/@weightfold/bench/dist/emulated/api-child.js');
  const { stdout, failure } = await emulateNode(cpu, node, [child, dir]);
  if (failure !== null) throw new BenchError(`Node on ${cpu}: ${failure}`, { where: cpu });
  const lines = stdout.toString().trim().split('\n');
  return lines.map((line) => JSON.parse(line) as ApiAnswer);
}

/** In what an answer is not as expected, by the names of its parts; null when in nothing. */
export function apiDifference(expected: ApiExpectation, received: ApiAnswer | undefined): string | null {
  if (!received) return 'no answer';
  const keys = Object.keys(expected) as (keyof ApiExpectation)[];
  const different = keys.filter((key) => expected[key] !== received[key]);
  return different.length > 0 ? `not equal: ${different.join(', ')}` : null;
}
