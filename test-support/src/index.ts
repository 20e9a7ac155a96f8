import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RivalCase, type RivalEngine, rivalOutputs, rivalsPath } from '@weightfold/rivals';

export type { RivalTensor } from '@weightfold/rivals';
export { readNpz } from './npz.js';

/** Folder of real models and data: WEIGHTFOLD_DATA, else ../shared/data beside the checkout (CONTRIBUTING.md). */
export const data =
  process.env.WEIGHTFOLD_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));

/** PYTHONPATH of LiteRT and TensorFlow Lite Micro; null when they are not installed. */
export const python = rivalsPath();

/** What tests may need, by the name that is printed when it is missing, and where it is. */
const needs = { data, python };
const isThere = (where: string | null) => where !== null && fs.existsSync(where.split(path.delimiter)[0]!);

/** Options of a test that needs these: skipped without them, which is printed; in CI it runs, and fails. */
export function needing(...names: (keyof typeof needs)[]): { skip: boolean } {
  const missing = names.filter((name) => !isThere(needs[name]));
  if (missing.length === 0 || process.env.CI) return { skip: false };
  console.warn(`skipped, for want of: ${missing.map((name) => `${name} (${needs[name]})`).join(', ')}`);
  return { skip: true };
}

export const modelFile = (name: string) => path.join(data, 'models', name);
export const tfmotFile = (name: string) => path.join(data, 'tfmot', name);
export const bytesOf = (file: string) => new Uint8Array(fs.readFileSync(file));

/** Every real .tflite, by its path under `data`; none without the data. */
export const realModels = ['models', 'tfmot']
  .filter((folder) => fs.existsSync(path.join(data, folder)))
  .flatMap((folder) => fs.readdirSync(path.join(data, folder)).map((name) => path.join(folder, name)))
  .filter((file) => file.endsWith('.tflite'))
  .sort();

/** Seeded bytes (a linear congruential generator, upper bits). */
export function noise(size: number, seed: number): Uint8Array {
  let state = seed >>> 0;
  return Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** Outputs of a rival for each case. @throws Error when the rival cannot run one of them */
export async function outputsOf(engine: RivalEngine, cases: readonly RivalCase[]): Promise<Buffer[]> {
  if (python === null) throw new Error('the rivals are not installed: npm test installs them');
  const answers = await rivalOutputs(engine, cases, { pythonPath: python, limitSeconds: 60 });
  return answers.map((answer, i) => {
    if (answer.error !== undefined) throw new Error(`case ${i}: ${answer.error}`);
    return Buffer.from(answer.outputs);
  });
}
