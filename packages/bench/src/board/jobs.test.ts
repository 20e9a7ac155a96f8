import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Model } from '@weightfold/runtime-native';
import {
  ActivationFunctionType,
  BuiltinOperator,
  BuiltinOptions,
  FullyConnectedOptionsT,
  ModelBuilder,
  ReshapeOptionsT,
  TensorType,
  writeModel,
} from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { inspectModel } from '../pipeline/inspect.js';
import { boardJob } from './jobs.js';

/** A fully connected layer whose weights an operator makes of a constant. */
function madeWeights(): Uint8Array {
  const builder = new ModelBuilder('made weights');
  const tensor = (name: string, shape: number[], scale: number, data?: Int8Array) =>
    builder.addTensor({
      name,
      shape,
      type: TensorType.INT8,
      quantization: { scale: [scale], zeroPoint: [0] },
      ...(data && { data }),
    });
  const stored = tensor('stored', [12], 1 / 128, Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
  const shape = builder.addTensor({
    name: 'shape',
    shape: [2],
    type: TensorType.INT32,
    data: Int32Array.of(3, 4),
  });
  const weights = tensor('weights', [3, 4], 1 / 128);
  const [x, y] = [tensor('x', [1, 4], 1 / 128), tensor('y', [1, 3], 1 / 8)];
  builder.addOperator({
    builtin: BuiltinOperator.RESHAPE,
    inputs: [stored, shape],
    outputs: [weights],
    optionsType: BuiltinOptions.ReshapeOptions,
    options: new ReshapeOptionsT([3, 4]),
  });
  builder.addOperator({
    builtin: BuiltinOperator.FULLY_CONNECTED,
    inputs: [x, weights, -1],
    outputs: [y],
    optionsType: BuiltinOptions.FullyConnectedOptions,
    options: new FullyConnectedOptionsT(ActivationFunctionType.NONE),
  });
  return writeModel(builder.build([x], [y]));
}

it('a board and inspect compute operators on constants beforehand, as loading a model does', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-jobs-'));
  try {
    const file = path.join(dir, 'made.tflite');
    fs.writeFileSync(file, madeWeights());
    expect(boardJob(file, undefined, 'aarch64').ops.map(({ kind }) => kind)).toEqual(['FULLY_CONNECTED']);
    using model = Model.load(file);
    expect(inspectModel(madeWeights())).toMatchObject({ arenaBytes: model.arenaBytes, arenaNote: null });
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});
