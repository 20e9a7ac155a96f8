import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { cacheDir } from '@weightfold/base';
import { it } from 'vitest';

/** PYTHONPATH of LiteRT and TFLite Micro: WEIGHTFOLD_PYTHON_RIVALS, else what the benchmarks installed into the cache folder. */
function rivals(): string | null {
  if (process.env.WEIGHTFOLD_PYTHON_RIVALS) return process.env.WEIGHTFOLD_PYTHON_RIVALS;
  const cache = cacheDir();
  const folders = fs.existsSync(cache) ? fs.readdirSync(cache) : [];
  const complete = folders
    .filter((name) => name.startsWith('python-rivals-'))
    .map((name) => path.join(cache, name))
    .find((folder) => fs.existsSync(path.join(folder, 'COMPLETE')));
  return complete ?? null;
}

const pythonPath = rivals();
if (pythonPath === null && !process.env.CI)
  console.warn('skipped: no Python rivals (WEIGHTFOLD_PYTHON_RIVALS)');

/** A test that needs the rivals: skipped without them, but in CI their absence is a failure. */
export const itWithRivals = it.skipIf(pythonPath === null && !process.env.CI);

const script = `
import sys, numpy as np
model, engine = sys.argv[1:3]
x = np.load(model + '.x.npy')
if engine == 'litert':
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
    i = Interpreter(model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    i.allocate_tensors()
    a, b = i.get_input_details()[0], i.get_output_details()[0]
    def run(one):
        i.set_tensor(a['index'], one); i.invoke(); return i.get_tensor(b['index'])
else:
    from tflite_micro import runtime
    i = runtime.Interpreter.from_file(model)
    def run(one):
        i.set_input(one, 0); i.invoke(); return i.get_output(0)
np.save(model + '.y.npy', np.concatenate([run(x[k:k + 1]) for k in range(len(x))]))
`;

/** Outputs [n, ...] as int8 of a model file for the inputs in MODEL.x.npy; written to MODEL.y.npy. */
export function runRival(model: string, engine: 'litert' | 'tflm'): void {
  const env = { ...process.env, PYTHONPATH: pythonPath ?? '' };
  const options = { env, encoding: 'utf8', timeout: 100_000 } as const;
  const { status, stderr, error } = spawnSync('python3', ['-c', script, model, engine], options);
  if (status !== 0) throw new Error(`${engine} on ${model}: ${error?.message ?? stderr}`);
}
