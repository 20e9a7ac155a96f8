import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir } from '@weightfold/base';

/** PYTHONPATH of LiteRT and TensorFlow Lite Micro: WEIGHTFOLD_PYTHON_RIVALS, else what the set-up left in the cache folder. */
export const python = process.env.WEIGHTFOLD_PYTHON_RIVALS || cached();

function cached(): string | undefined {
  const folders = fs.existsSync(cacheDir()) ? fs.readdirSync(cacheDir()).sort() : [];
  return folders
    .filter((name) => name.startsWith('python-rivals-'))
    .map((name) => path.join(cacheDir(), name))
    .find((folder) => fs.existsSync(path.join(folder, 'COMPLETE')));
}

/** Real networks of other people, beside the repository; WEIGHTFOLD_DATA names another place. */
export const data =
  process.env.WEIGHTFOLD_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

/** In CI nothing is skipped: what is missing makes the test fail. */
export const skipWithout = (...present: unknown[]) => ({ skip: !present.every(Boolean) && !process.env.CI });
export const hasData = fs.existsSync(path.join(data, 'models/MANIFEST.json'));
if (!hasData && !process.env.CI) console.warn(`skipped: no real models in ${data}`);
if (!python && !process.env.CI)
  console.warn('skipped: WEIGHTFOLD_PYTHON_RIVALS names no folder with ai_edge_litert and tflite_micro');

/** Every real model, by its path under `data`. */
export const realModels = (hasData ? ['models', 'tfmot'] : []).flatMap((folder) =>
  fs
    .readdirSync(path.join(data, folder))
    .filter((file) => file.endsWith('.tflite'))
    .map((file) => path.join(folder, file)),
);

export const readBytes = (file: string) => new Uint8Array(fs.readFileSync(path.join(data, file)));

export interface Answer {
  /** Bytes of every output of two runs, in base64. */
  outputs?: string[];
  error?: string;
}

/** Runs models, in an outside runtime, on given inputs or on seeded random ones. */
export function judge(
  engine: 'litert' | 'litert-ref' | 'tflm',
  models: { bytes: Uint8Array; inputs?: Uint8Array[] }[],
  seed = 20261124,
): Answer[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-tflite-'));
  try {
    const listed = models.map(({ bytes, inputs }, i) => {
      const file = path.join(folder, `${i}.tflite`);
      fs.writeFileSync(file, bytes);
      return { file, inputs: inputs?.map((input) => Buffer.from(input).toString('base64')) };
    });
    const output = execFileSync('python3', [fileURLToPath(new URL('./judge.py', import.meta.url))], {
      env: { ...process.env, PYTHONPATH: python, TF_CPP_MIN_LOG_LEVEL: '3', PYTHONDONTWRITEBYTECODE: '1' },
      input: JSON.stringify({ engine, seed, models: listed }),
      stdio: ['pipe', 'pipe', 'ignore'],
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      timeout: 100_000,
    });
    return JSON.parse(output) as Answer[];
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
