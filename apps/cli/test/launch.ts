import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { data, modelFile, needing } from '@weightfold/test-support';
import { it } from 'vitest';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const launcher = path.join(root, 'apps/cli/bin/weightfold.mjs');

if (!fs.existsSync(path.join(root, 'apps/cli/dist/main.js'))) {
  throw new Error(
    'These tests start the built command line, and apps/cli/dist is missing. Run: npx turbo run build',
  );
}

export { data as shared };
/** A test on shared data: skipped without it, but in CI its absence is a failure. */
export const itOnData = it.skipIf(needing('data').skip);

export const sharedModel = (name: string) => modelFile(`${name}.tflite`);

export function scratch(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'weightfold-cli-'));
}

interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

interface Where {
  cwd?: string;
  env?: Record<string, string>;
}

/** Starts the real launcher with these words and waits for its end. */
export function weightfold(words: string[], { cwd = root, env = {} }: Where = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...words], {
    cwd,
    encoding: 'utf8',
    env: { ...cleanEnvironment(), ...env },
    maxBuffer: 1 << 28,
    timeout: 100_000,
  });
  return { status, stdout, stderr };
}

/** The document of a verb with --json; throws unless stdout is exactly one JSON document. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into documents of many shapes
export function json(words: string[], where: Where = {}): { status: number | null; document: any } {
  const { status, stdout, stderr } = weightfold([...words, '--json'], where);
  try {
    return { status, document: JSON.parse(stdout) };
  } catch {
    throw new Error(`stdout is no JSON document (exit ${status}):\n${stdout}\n${stderr}`);
  }
}

/** The environment without what vitest and the user may have set for others. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { WEIGHTFOLD_SEED, WEIGHTFOLD_RECIPE, WEIGHTFOLD_ISA, NODE_OPTIONS, NO_COLOR, FORCE_COLOR, ...rest } =
    process.env;
  return rest;
}
