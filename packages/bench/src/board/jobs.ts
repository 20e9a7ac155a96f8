import fs from 'node:fs';
import { namingFile, sha256Hex } from '@weightfold/base';
import { Model, runOnce } from '@weightfold/runtime-native';
import { encodePlan, lower, type ProfiledOp, profiledOps } from '@weightfold/runtime-native/plan';
import { readModel } from '@weightfold/tflite';
import { concatInputs } from '../measure/engines.js';
import { setInputs } from '../measure/inputs.js';
import { packedBytes } from '../measure/measure-model.js';
import { asTflite } from '../source.js';
import { type BoardFile, boardFile } from './deploy.js';

/** A model to measure on a board: what is sent there, and what it must give. */
export interface BoardJob {
  /** The file as it was named. */
  model: string;
  fileBytes: number;
  wfzBytes: number | null;
  plan: BoardFile;
  /** The model itself, for rivals. */
  tflite: BoardFile;
  /** All inputs, one after the other. */
  input: BoardFile;
  /** sha256 of this machine's outputs for it, one after the other. */
  outputs: string;
  /** Of the plan, as a profile names them, and its most bytes of activations that are needed at once. */
  ops: ProfiledOp[];
  liveBytes: number;
}

/**
 * Lowers a model into a plan for a board of that architecture, and runs it here, for the outputs that the board must give.
 * @param pack whether a .tflite is packed, for the size
 * @throws as Model.load does
 */
export function boardJob(file: string, input: string | undefined, arch: string, pack = false): BoardJob {
  const bytes = new Uint8Array(fs.readFileSync(file));
  const model = namingFile(file, () => Model.load(bytes));
  try {
    setInputs(model, input);
    const example = concatInputs(model.inputs.map((_, i) => model.input(i)));
    model.invoke();
    const outputs = concatInputs(model.outputs.map((_, i) => model.output(i)));
    const tflite = asTflite(bytes);
    const plan = lower(readModel(tflite), { unsigned: arch === 'x86_64', runOnce });
    return {
      model: file,
      fileBytes: tflite.length,
      wfzBytes: packedBytes(bytes, pack),
      plan: boardFile(encodePlan(plan)),
      tflite: boardFile(tflite),
      input: boardFile(example),
      outputs: sha256Hex(outputs),
      ops: profiledOps(plan),
      liveBytes: plan.liveBytes,
    };
  } finally {
    model.dispose();
  }
}
