import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NativeModel } from '../model.js';

/** Real models beside the repository; WEIGHTFOLD_DATA names another place. */
export const data =
  process.env.WEIGHTFOLD_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

const python = process.env.WEIGHTFOLD_PYTHON_RIVALS;
/** Both must be there in CI; elsewhere tests that lack one are skipped, and this says so. */
export const ready = Boolean(python) && fs.existsSync(data);
if (!ready && !process.env.CI)
  console.warn(`skipped: WEIGHTFOLD_PYTHON_RIVALS=${python ?? ''}, models in ${data}`);
export const real = { skip: !ready && !process.env.CI };

/** Seeded bytes (a linear congruential generator, upper bits). */
export function noise(size: number, seed: number): Uint8Array {
  let state = seed >>> 0;
  return Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** Bytes of all inputs of a model for one example. */
export function inputBytes(model: NativeModel): number {
  return model.inputs.reduce((sum, _, i) => sum + model.input(i).byteLength, 0);
}

/** Our outputs for examples that lie one after the other. */
export function runOurs(model: NativeModel, examples: Uint8Array): Buffer {
  const outputs: Uint8Array[] = [];
  for (let at = 0; at < examples.length; ) {
    for (let i = 0; i < model.inputs.length; i++) {
      const target = bytesOf(model.input(i));
      target.set(examples.subarray(at, at + target.length));
      at += target.length;
    }
    model.invoke();
    for (let i = 0; i < model.outputs.length; i++) outputs.push(bytesOf(model.output(i)).slice());
  }
  return Buffer.concat(outputs);
}

/** The same from an outside runtime. */
export function runJudge(engine: 'tflm' | 'litert-ref', model: Uint8Array, examples: Uint8Array): Buffer {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-judge-'));
  const file = (name: string) => path.join(folder, name);
  try {
    fs.writeFileSync(file('model'), model);
    fs.writeFileSync(file('inputs'), examples);
    const script = fileURLToPath(new URL('./judge.py', import.meta.url));
    const env = {
      ...process.env,
      PYTHONPATH: python,
      TF_CPP_MIN_LOG_LEVEL: '2',
      PYTHONDONTWRITEBYTECODE: '1',
    };
    execFileSync('python3', [script, engine, file('model'), file('inputs'), file('outputs')], {
      env,
      stdio: 'pipe',
    });
    return fs.readFileSync(file('outputs'));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
