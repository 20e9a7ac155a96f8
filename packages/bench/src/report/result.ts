import fs from 'node:fs';
import path from 'node:path';
import { BenchError } from '../errors.js';
import type { RunResult } from '../pipeline/run.js';

/** What the report needs of result.json, and of each stage in it, by type. */
const needed = {
  schemaVersion: 'number',
  stages: 'list',
  'provenance.date': 'string',
  'provenance.config.model.name': 'string',
  'provenance.dataset.name': 'string',
  'provenance.dataset.files': 'list',
  'provenance.machine.cpu': 'string',
  'provenance.versions': 'object',
};
const neededOfStage = {
  name: 'string',
  tflite: 'string',
  sha256: 'string',
  isa: 'string',
  bytes: 'number',
  zipBytes: 'number',
  wfzBytes: 'number',
  brotliBytes: 'number',
  zeroFraction: 'number',
  maxDistinct: 'number',
  medianUs: 'number',
  p95Us: 'number',
  steps: 'number',
  layers: 'list',
  densities: 'list',
};

/**
 * The result of a run folder.
 * @throws BenchError when the run is not finished, or the file is damaged
 */
export function readResult(runDir: string): RunResult {
  const file = path.join(runDir, 'result.json');
  if (!fs.existsSync(file)) {
    throw new BenchError(`${runDir} is no finished run`, {
      code: 'NO_RUN',
      where: file,
      expected: 'a folder with result.json',
    });
  }
  const result = parse(file);
  check(result, needed, file, '');
  const { stages } = result as RunResult;
  if (stages.length === 0) throw damaged(file, 'at least one stage', 'none');
  for (const [i, stage] of stages.entries()) check(stage, neededOfStage, file, `stages.${i}.`);
  return result as RunResult;
}

function parse(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw damaged(file, 'JSON', (error as Error).message);
  }
}

function check(value: unknown, types: Record<string, string>, file: string, at: string): void {
  for (const [key, type] of Object.entries(types)) {
    const found = key
      .split('.')
      .reduce<unknown>((inner, part) => (inner as Record<string, unknown> | null | undefined)?.[part], value);
    const is = Array.isArray(found) ? 'list' : found === null ? 'null' : typeof found;
    if (is !== type) throw damaged(file, `${at}${key} to be a ${type}`, is);
  }
}

function damaged(file: string, expected: string, received: string): BenchError {
  return new BenchError(`${file}: expected ${expected} but received ${received}`, {
    code: 'BAD_RESULT',
    where: file,
    expected,
    received,
    hint: 'give the command of the run again: it writes the file anew',
  });
}
