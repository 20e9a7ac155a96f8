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
/** For tests that need the data but no outside runtime. */
export const vectorsReady = { skip: !fs.existsSync(data) && !process.env.CI };

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

/** A model and the inputs to run it on. */
export interface Case {
  model: Uint8Array;
  examples: Uint8Array;
}

/** Runs judge.py in a folder that is gone afterwards. */
function withJudge<T>(use: (file: (name: string) => string, run: (args: string[]) => void) => T): T {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-judge-'));
  const script = fileURLToPath(new URL('./judge.py', import.meta.url));
  const quiet = { TF_CPP_MIN_LOG_LEVEL: '2', PYTHONDONTWRITEBYTECODE: '1' };
  const env = { ...process.env, PYTHONPATH: python, ...quiet };
  try {
    return use(
      (name) => path.join(folder, name),
      (args) => void execFileSync('python3', [script, ...args], { env, stdio: 'pipe', timeout: 100_000 }),
    );
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Outputs of an outside runtime for each case, in one process: starting Python costs more than most models. */
export function runJudgeOnAll(engine: 'tflm' | 'litert-ref', cases: readonly Case[]): Buffer[] {
  return withJudge((file, run) => {
    const args = cases.flatMap(({ model, examples }, i) => {
      const names = [file(`model${i}`), file(`inputs${i}`), file(`outputs${i}`)] as const;
      fs.writeFileSync(names[0], model);
      fs.writeFileSync(names[1], examples);
      return names;
    });
    run([engine, ...args]);
    return cases.map((_, i) => fs.readFileSync(file(`outputs${i}`)));
  });
}

/** Bytes of arrays of .npz files. */
export function npzArrays(wanted: readonly { npz: string; name: string }[]): Uint8Array[] {
  return withJudge((file, run) => {
    run(['arrays', ...wanted.flatMap(({ npz, name }, i) => [npz, name, file(`${i}`)])]);
    return wanted.map((_, i) => new Uint8Array(fs.readFileSync(file(`${i}`))));
  });
}
