import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rivalsPath } from '../src/rivals/install.js';

/** Folder of the real models and data that tests use: WEIGHTFOLD_DATA, else ../shared/data beside the checkout. */
export const data =
  process.env.WEIGHTFOLD_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));

/** PYTHONPATH of the rivals; null when they are not installed. */
export const python = rivalsPath();

/** Options of a test that needs these paths: it is skipped without them, and printed; with CI=1 it runs, and fails. */
export function needing(what: Record<string, string | null>): { skip: boolean } {
  const missing = Object.entries(what).filter(
    ([, where]) => where === null || !fs.existsSync(where.split(':')[0]!),
  );
  if (missing.length > 0 && !process.env.CI)
    console.warn(`skipped: no ${missing.map(([name]) => name).join(', ')}`);
  return { skip: missing.length > 0 && !process.env.CI };
}

export const modelFile = (name: string) => path.join(data, 'models', name);
export const tfmotFile = (name: string) => path.join(data, 'tfmot', name);
export const bytesOf = (file: string) => new Uint8Array(fs.readFileSync(file));
