import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { BenchError } from '../errors.js';
import { provenance } from './document.js';

/** Older runs have not measured it. */
const maybe = z
  .number()
  .nullish()
  .transform((value) => value ?? null);
const counts = z.array(z.number());

const judgement = z
  .object({
    litertAccuracy: maybe,
    singleAccuracy: maybe,
    litertMse: maybe,
    singleMse: maybe,
    tflmEqual: z.number(),
    tflmCompared: z.number(),
  })
  .nullish()
  .transform((value) => value ?? null);

/** What a report needs of a stage in result.json. */
const stage = z.object({
  name: z.string(),
  kind: z.enum(['ptq', 'qat']),
  accuracyFloat: maybe,
  accuracyValidation: maybe,
  accuracyInt8: maybe,
  mseFloat: maybe,
  mseInt8: maybe,
  tflite: z.string(),
  wfz: z.string(),
  sha256: z.string(),
  bytes: z.int().min(1),
  zipBytes: z.int(),
  wfzBytes: z.int(),
  xzBytes: maybe,
  brotliBytes: z.int(),
  zeroFraction: z.number(),
  maxDistinct: z.int(),
  medianUs: maybe,
  p95Us: maybe,
  litertMedianUs: maybe,
  litertP95Us: maybe,
  trusted: z.boolean(),
  isa: z.string(),
  arenaBytes: maybe,
  steps: z.int(),
  seconds: maybe,
  cpuSeconds: maybe,
  judgement,
  layers: z.array(
    z.object({
      name: z.string(),
      elements: z.int(),
      zeros: z.int(),
      distinct: z.int(),
      entropyBits: z.number(),
    }),
  ),
  densities: z.array(
    z.object({
      layer: z.string(),
      float: z.object({ min: z.number(), max: z.number(), counts }),
      int8: z.object({ counts: counts.length(255) }),
    }),
  ),
});

const runResult = z.object({ schemaVersion: z.literal(1), stages: z.array(stage).min(1), provenance });

export type FinishedRun = z.infer<typeof runResult>;
export type FinishedStage = FinishedRun['stages'][number];

/**
 * The result of a run folder.
 * @throws BenchError when the run is not finished, or the file is damaged
 */
export function readResult(runDir: string): FinishedRun {
  const file = path.join(runDir, 'result.json');
  if (!fs.existsSync(file)) {
    throw new BenchError(`${runDir} is no finished run`, {
      code: 'NO_RUN',
      where: file,
      expected: 'a folder with result.json',
    });
  }
  return parseJson(file, runResult, 'give the command of the run again: it writes the file anew');
}

/**
 * A JSON file that has a shape.
 * @throws BenchError that names the first place where it has not
 */
function parseJson<T>(file: string, shape: z.ZodType<T>, hint: string): T {
  const damaged = (expected: string, received: string) =>
    new BenchError(`${file}: expected ${expected} but received ${received}`, {
      code: 'BAD_RESULT',
      where: file,
      expected,
      received,
      hint,
    });
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw damaged('JSON', (error as Error).message);
  }
  const result = shape.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const { path: keys, message, input } = result.error.issues[0]!;
  const received = (typeof input === 'object' ? JSON.stringify(input) : String(input)) ?? 'nothing';
  throw damaged(`${keys.join('.') || 'the document'} to fit (${message})`, received.slice(0, 60));
}
