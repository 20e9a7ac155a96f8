import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Model } from '@weightfold/runtime-native';
import {
  BuiltinOperator,
  BuiltinOptions,
  OperatorCodeT,
  OperatorT,
  ReshapeOptionsT,
  readModel,
  writeModel,
} from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { inspectModel } from '../pipeline/inspect.js';
import { clusteredLayer } from '../sparse/clustered-layer.js';
import { boardJob } from './jobs.js';

/** A fully connected layer whose weights an operator makes of a constant. */
function madeWeights(): Uint8Array {
  const model = readModel(clusteredLayer(4, 3, 16));
  const [graph] = model.subgraphs as [(typeof model.subgraphs)[0]];
  const made = graph.operators[0]!.inputs[1]!;
  const stored = graph.tensors.push({ ...graph.tensors[made]!, name: 'stored', shape: [12] }) - 1;
  graph.tensors[made]!.buffer = 0;
  const { RESHAPE } = BuiltinOperator;
  const code = model.operatorCodes.push(new OperatorCodeT(RESHAPE, null, 1, RESHAPE)) - 1;
  const reshape = new OperatorT(code, [stored], [made]);
  reshape.builtinOptionsType = BuiltinOptions.ReshapeOptions;
  reshape.builtinOptions = new ReshapeOptionsT([3, 4]);
  graph.operators.unshift(reshape);
  return writeModel(model);
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
