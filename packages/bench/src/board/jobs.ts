import fs from 'node:fs';
import { namingFile, sha256Hex } from '@weightfold/base';
import { Model } from '@weightfold/runtime-native';
import { encodePlan, lower } from '@weightfold/runtime-native/plan';
import { readModel } from '@weightfold/tflite';
import { concatInputs } from '../measure/engines.js';
import { setInputs } from '../measure/inputs.js';
import { asTflite } from '../source.js';
import type { Deployed } from './deploy.js';

/** A model to measure on a board: what is sent there, and what it must give. */
export interface BoardJob {
  /** The file as it was named. */
  model: string;
  tfliteBytes: number;
  wfzBytes: number | null;
  plan: Uint8Array;
  /** All inputs, one after the other. */
  input: Uint8Array;
  /** sha256 of this machine's outputs for it, one after the other. */
  outputs: string;
}

/**
 * Lowers a model into a plan for a board of that architecture, and runs it here, for the outputs that the board must give.
 * @throws as Model.load does
 */
export function boardJob(file: string, input: string | undefined, arch: string): BoardJob {
  const bytes = new Uint8Array(fs.readFileSync(file));
  const model = namingFile(file, () => Model.load(bytes));
  try {
    setInputs(model, input);
    const example = concatInputs(model.inputs.map((_, i) => model.input(i)));
    model.invoke();
    const outputs = concatInputs(model.outputs.map((_, i) => model.output(i)));
    const tflite = asTflite(bytes);
    return {
      model: file,
      tfliteBytes: tflite.length,
      wfzBytes: tflite === bytes ? null : bytes.length,
      plan: encodePlan(lower(readModel(tflite), { unsigned: arch === 'x86_64' })),
      input: example,
      outputs: sha256Hex(outputs),
    };
  } finally {
    model.dispose();
  }
}

/** Where a job's files are on the board. */
export interface PlacedJob extends BoardJob {
  at: { plan: Deployed; input: Deployed };
}
