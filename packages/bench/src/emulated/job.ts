import fs from 'node:fs';
import path from 'node:path';
import { namingFile, UnsupportedError } from '@weightfold/base';
import { Model, runOnce } from '@weightfold/runtime-native';
import { encodePlan, lower, type Plan } from '@weightfold/runtime-native/plan';
import { readModel } from '@weightfold/tflite';
import { runnerFor } from '../board/runner.js';
import { concatInputs } from '../measure/engines.js';
import { setInputs } from '../measure/inputs.js';
import { asTflite } from '../source.js';
import type { ArmMachine, Machine } from './emulator.js';

/** A model for the runners of Arm, and what the scalar kernels of this machine give for the same seeded input. */
export interface EmulatedJob {
  model: string;
  /** As the addon lowers models there: with int8 activations on Arm, uint8 on x86. */
  plan: Plan;
  /** All inputs, one after the other. */
  input: Uint8Array;
  outputs: { name: string; bytes: Uint8Array }[];
}

/** Lowers a model for a machine and runs it here. @throws as Model.load does */
export function emulatedJob(file: string, machine: Machine = 'aarch64'): EmulatedJob {
  const bytes = new Uint8Array(fs.readFileSync(file));
  const model = namingFile(file, () => Model.load(bytes, { isa: 'scalar' }));
  try {
    setInputs(model, undefined);
    const input = concatInputs(model.inputs.map((_, i) => model.input(i)));
    model.invoke();
    const outputs = model.outputs.map(({ name }, i) => ({ name, bytes: concatInputs([model.output(i)]) }));
    const plan = lower(readModel(asTflite(bytes)), { unsigned: machine === 'x86_64', runOnce });
    return { model: path.basename(file).replace(/\.(tflite|wfz)$/, ''), plan, input, outputs };
  } finally {
    model.dispose();
  }
}

/** The same, or in words why the model does not run here. */
export function emulatedJobOrReason(file: string): EmulatedJob | string {
  try {
    return emulatedJob(file);
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return error.message;
  }
}

/** Paths of the static runners, by the machine that they are for. */
export type Runners = Record<ArmMachine, string>;

/** The static runners for Arm, built into a folder. @throws BoardError when one cannot be built */
export async function placeRunners(dir: string): Promise<Runners> {
  return { aarch64: await placeRunner(dir, 'aarch64'), armv7l: await placeRunner(dir, 'armv7l') };
}

/** The static runner for a machine, built into a folder. @throws BoardError when it cannot be built */
export async function placeRunner(dir: string, machine: Machine): Promise<string> {
  const file = path.join(dir, `weightfold-runner-${machine}`);
  const bytes = await runnerFor(machine, (message) => console.error(message));
  fs.writeFileSync(file, bytes, { mode: 0o755 });
  return file;
}

/** Writes a job's files into a folder, over those of the job before, and returns the runner's options that name them. */
export function placeJob(dir: string, { plan, input }: Pick<EmulatedJob, 'plan' | 'input'>): string[] {
  const [planFile, inputFile] = [path.join(dir, 'plan'), path.join(dir, 'input')];
  fs.writeFileSync(planFile, encodePlan(plan));
  fs.writeFileSync(inputFile, input);
  return ['--plan', planFile, '--input', inputFile];
}
