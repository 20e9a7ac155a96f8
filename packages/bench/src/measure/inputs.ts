import fs from 'node:fs';
import { UsageError } from '@weightfold/base';
import { readNpy } from '@weightfold/datasets';
import type { Model, TensorData } from '@weightfold/runtime-native';
import { randomInteger } from '../random.js';

/**
 * Fills a model's inputs: from an .npy of exactly its type and shape when the model has one input, else with seeded noise.
 * @throws UsageError when the file does not fit
 */
export function setInputs(model: Model, file: string | undefined): void {
  if (file === undefined) {
    const next = randomInteger(1);
    for (let i = 0; i < model.inputs.length; i++) fillWithNoise(model.input(i), next);
    return;
  }
  const { data, dtype, shape } = readNpy(new Uint8Array(fs.readFileSync(file)), file);
  const [info] = model.inputs;
  const expected = model.inputs.map((input) => `${input.dtype} of shape [${input.shape}]`).join(' and ');
  const received = `${dtype} of shape [${shape}]`;
  if (model.inputs.length !== 1 || expected !== received) {
    throw new UsageError(`${file}: expected ${expected} but received ${received}`, {
      where: `input ${info?.name}`,
      expected,
      received,
    });
  }
  (model.input(0) as Int8Array).set(data as Int8Array);
}

/** All codes of an integer type; reals from −1 to 1, because noise bytes read as floats are mostly huge or not numbers. */
export function fillWithNoise(target: TensorData, next: (n: number) => number): void {
  if (target instanceof Float32Array) {
    for (let at = 0; at < target.length; at++) target[at] = next(2001) / 1000 - 1;
    return;
  }
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  for (let at = 0; at < bytes.length; at++) bytes[at] = next(256);
}
